import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { findSignature } from '../../core/find-signature.ts';
import { linePermit, pagePermit, type LinePermit } from '../../core/line-permit.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import { SIGNATURE_LINE_BYTES } from '../../core/sign.ts';
import type { Via } from './acceptance.ts';
import type { KeyRules } from './keys.ts';

/** A key, and the lines that it may be used for. */
export interface VerifiedKey {
  readonly id: string;
  readonly mayUse: LinePermit;
}

/** What the end of a body says. */
export type Verdict =
  /** Nobody signed it, and nobody has to. */
  | { readonly status: 'unsigned' }
  /** Signed by `key`; what was signed are the bytes before the last `signatureBytes`. */
  | { readonly status: 'signed'; readonly key: VerifiedKey; readonly signatureBytes: number }
  | { readonly status: 'refused'; readonly reason: RefusalReason };

/** Checks signatures. */
export interface Verifier {
  check(bytes: Buffer, via: Via): Verdict;
  /** The key of this id that pages use: one without a secret, as whoever has a secret's key signs. */
  pageKey(id: string): VerifiedKey | undefined;
  /** Goes by other rules from now on. */
  setRules(rules: KeyRules): void;
}

interface Key extends VerifiedKey {
  readonly secret: KeyObject;
}

/** A sender's clock may be this far off, in milliseconds: as long as a copy of what it signed can be used by others. */
export const MAX_SIGNED_AGE_MS: number = 5 * 60_000;

const UNSIGNED: Verdict = { status: 'unsigned' };
const NEWLINE = 0x0a;
/** The key's id in the header line. Whatever else it says: only who has this key's secret can have signed it. */
const CLAIMED_KEY = /"key":"([\w.-]{1,64})"/;

export function createVerifier(rules: KeyRules): Verifier {
  let keys = new Map<string, Key>();
  let pageKeys = new Map<string, VerifiedKey>();
  let isRequired = false;

  function setRules({ keys: specs, allowUnsigned }: KeyRules): void {
    keys = new Map();
    pageKeys = new Map();
    for (const [id, { secret, ...scope }] of Object.entries(specs)) {
      if (secret === undefined) pageKeys.set(id, { id, mayUse: pagePermit(scope) });
      else keys.set(id, { id, secret: createSecretKey(secret, 'utf8'), mayUse: linePermit(scope) });
    }
    isRequired = keys.size > 0 && !allowUnsigned;
  }

  setRules(rules);
  return {
    check(bytes, via) {
      const signatureAt = findSignature(bytes);
      if (signatureAt === -1) return isRequired && via === 'udp' ? refused('unsigned') : UNSIGNED;
      const headerEnd = bytes.indexOf(NEWLINE);
      const key = keys.get(CLAIMED_KEY.exec(bytes.toString('latin1', 0, headerEnd))?.[1] ?? '');
      if (key === undefined) return refused('unknown-key');
      const expected = createHmac('sha256', key.secret).update(bytes.subarray(0, signatureAt)).digest('base64url');
      const given = bytes.subarray(signatureAt + 1, signatureAt + SIGNATURE_LINE_BYTES - 1);
      if (!timingSafeEqual(Buffer.from(expected, 'latin1'), given)) return refused('bad-signature');
      return { status: 'signed', key, signatureBytes: bytes.length - signatureAt };
    },
    pageKey: (id) => pageKeys.get(id),
    setRules,
  };
}

const refused = (reason: RefusalReason): Verdict => ({ status: 'refused', reason });
