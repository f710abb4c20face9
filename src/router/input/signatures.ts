import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { anyPattern, type NameTest } from '../../core/name-pattern.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import { REPORT_TYPE } from '../../core/report.ts';
import { SIGNATURE_LINE_BYTES } from '../../core/sign.ts';
import type { Via } from './acceptance.ts';
import type { KeyRules } from './keys.ts';

/** A key, and what it may sign. */
export interface VerifiedKey {
  readonly id: string;
  /** Whether it may sign this line, canonical and below a header of `headerLogger`. */
  mayUse(line: string, headerLogger: string): boolean;
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
const HASH = 0x23;
/** The key's id in the header line. Whatever else it says: only who has this key's secret can have signed it. */
const CLAIMED_KEY = /"key":"([\w.-]{1,64})"/;

export function createVerifier(rules: KeyRules): Verifier {
  let keys = new Map<string, Key>();
  let isRequired = false;

  function setRules({ keys: specs, allowUnsigned }: KeyRules): void {
    keys = new Map(
      Object.entries(specs).map(([id, { secret, loggers, types }]) => [
        id,
        { id, secret: createSecretKey(secret, 'utf8'), mayUse: lineTest(listTest(loggers), typeTest(types)) },
      ]),
    );
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
    setRules,
  };
}

const refused = (reason: RefusalReason): Verdict => ({ status: 'refused', reason });

/** Where the last line begins, if it has the form of a signature; -1 if not. Its newline may be missing. */
function findSignature(bytes: Buffer): number {
  const end = bytes[bytes.length - 1] === NEWLINE ? bytes.length - 1 : bytes.length;
  const at = end - (SIGNATURE_LINE_BYTES - 1);
  return bytes[at] === HASH && bytes[at - 1] === NEWLINE ? at : -1;
}

/** Nothing said allows all; an empty list nothing. A sender's own book is no message of the application's, and always welcome. */
function typeTest(patterns: readonly string[] | undefined): NameTest | null {
  return listTest(patterns && [...patterns, REPORT_TYPE]);
}

function listTest(patterns: readonly string[] | undefined): NameTest | null {
  return patterns?.length === 0 ? () => false : anyPattern(patterns ?? []);
}

/** The type and, if it has one, the logger of a canonical line. */
const TYPE_AND_LOGGER = /^\{"type":("(?:[^"\\]|\\.)*"),"timestamp":"[^"]*",(?:"logger":("(?:[^"\\]|\\.)*"))?/;

function lineTest(mayBeLogger: NameTest | null, mayBeType: NameTest | null): VerifiedKey['mayUse'] {
  if (mayBeLogger === null && mayBeType === null) return () => true;
  return (line, headerLogger) => {
    const parts = TYPE_AND_LOGGER.exec(line);
    if (parts === null) return false; // no line that we write
    const [, type = '""', logger] = parts;
    return (
      (mayBeType?.(textOf(type)) ?? true) &&
      (mayBeLogger?.(logger === undefined ? headerLogger : textOf(logger)) ?? true)
    );
  };
}

const textOf = (quoted: string): string => (quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1));
