import { decode, type DecodedBatch } from '../../core/decode.ts';
import { refusal, type RefusalReason } from '../../core/refusal.ts';
import { timestampMs } from '../../core/timestamp.ts';
import type { Via } from './acceptance.ts';
import { MAX_SIGNED_AGE_MS, type VerifiedKey, type Verifier } from './signatures.ts';

/** What a datagram or a body says. */
export type Reading =
  | {
      readonly ok: true;
      readonly batches: readonly DecodedBatch[];
      /** Id of the key that verifiably signed it. */
      readonly key: string | undefined;
    }
  | { readonly ok: false; readonly reason: RefusalReason };

/** Longest body that is decoded, in bytes: two messages of the longest kind. A longer one would stop the thread for tens of milliseconds. */
export const MAX_BODY_BYTES: number = 2 * 1024 * 1024;

/** Verifies and decodes. Takes any bytes and never throws. */
export function readBody(bytes: Buffer, via: Via, receivedMs: number, verifier: Verifier): Reading {
  if (bytes.length > MAX_BODY_BYTES) return refused('too-large');
  const verdict = verifier.check(bytes, via);
  if (verdict.status === 'refused') return refused(verdict.reason);
  const key = verdict.status === 'signed' ? verdict.key : undefined;
  const signatureBytes = verdict.status === 'signed' ? verdict.signatureBytes : 0;
  const decoded = decode(bytes.toString('utf8', 0, bytes.length - signatureBytes), receivedMs);
  if (!decoded.ok) return refused(decoded.reason);
  const { batches } = decoded;
  if (batches.some(isBeyondNumbers)) return refused('bad-header');
  if (key === undefined) return { ok: true, batches: batches.map(withoutClaim), key };
  if (batches.some((batch) => isStale(batch, receivedMs))) return refused('stale');
  return { ok: true, batches: batches.map((batch) => allowed(batch, key)), key: key.id };
}

const refused = (reason: RefusalReason): Reading => ({ ok: false, reason });

/** Numbers past 2^53 run into each other. */
const isBeyondNumbers = ({ header, lines }: DecodedBatch): boolean =>
  header.seq !== undefined && !Number.isSafeInteger(header.seq + lines.length);

/** Signed text may be taken from the wire and sent again; not for long. */
const isStale = ({ header: { sent } }: DecodedBatch, receivedMs: number): boolean =>
  sent === undefined || Math.abs(receivedMs - timestampMs(sent)) > MAX_SIGNED_AGE_MS;

/** The batch without a key that nobody has verified. */
function withoutClaim(batch: DecodedBatch): DecodedBatch {
  if (batch.header.key === undefined) return batch;
  const { key: _claimed, ...header } = batch.header;
  return { ...batch, header };
}

/** The batch without the lines that `key` may not sign. */
function allowed({ header, lines }: DecodedBatch, key: VerifiedKey): DecodedBatch {
  const isAllowed = (line: string): boolean => key.mayUse(line, header.logger);
  return {
    header: { ...header, key: key.id },
    lines: lines.map((line) => (typeof line !== 'string' || isAllowed(line) ? line : refusal('not-allowed'))),
  };
}
