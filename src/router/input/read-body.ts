import { decode, type DecodedBatch } from '../../core/decode.ts';
import { pagePermit, type LinePermit } from '../../core/line-permit.ts';
import { refusal, type RefusalReason } from '../../core/refusal.ts';
import { timestampMs } from '../../core/timestamp.ts';
import type { Via } from './acceptance.ts';
import { MAX_SIGNED_AGE_MS, type Verifier } from './signatures.ts';

/** What a datagram or a body says. */
export type Reading =
  | {
      readonly ok: true;
      readonly batches: readonly DecodedBatch[];
      /** Id of the key that verifiably signed it, or that its page was let in with. */
      readonly key: string | undefined;
    }
  | { readonly ok: false; readonly reason: RefusalReason };

/** Longest body that is decoded, in bytes: two messages of the longest kind. A longer one would stop the thread for tens of milliseconds. */
export const MAX_BODY_BYTES: number = 2 * 1024 * 1024;

/** What nobody vouches for may say over HTTP. */
const ANY_PAGE: LinePermit = /* @__PURE__ */ pagePermit();

/** Verifies and decodes. `pageKey` is the key that a relay has let its page in with, if it is not signed. Takes any bytes and never throws. */
export function readBody(bytes: Buffer, via: Via, receivedMs: number, verifier: Verifier, pageKey?: string): Reading {
  if (bytes.length > MAX_BODY_BYTES) return refused('too-large');
  const verdict = verifier.check(bytes, via);
  if (verdict.status === 'refused') return refused(verdict.reason);
  const isSigned = verdict.status === 'signed';
  const key = isSigned ? verdict.key : pageKey === undefined ? undefined : verifier.pageKey(pageKey);
  // The relay goes by other keys than this router: both have the same configuration, but for a moment in which it changes.
  if (!isSigned && pageKey !== undefined && key === undefined) return refused('unknown-key');
  const decoded = decode(bytes.toString('utf8', 0, bytes.length - (isSigned ? verdict.signatureBytes : 0)), receivedMs);
  if (!decoded.ok) return refused(decoded.reason);
  const { batches } = decoded;
  if (batches.some(isBeyondNumbers)) return refused('bad-header');
  if (isSigned && batches.some((batch) => isStale(batch, receivedMs))) return refused('stale');
  const permit = key?.mayUse ?? (via === 'http' ? ANY_PAGE : undefined);
  return { ok: true, batches: batches.map((batch) => admitted(batch, key?.id, permit)), key: key?.id };
}

const refused = (reason: RefusalReason): Reading => ({ ok: false, reason });

/** Numbers past 2^53 run into each other. */
const isBeyondNumbers = ({ header, lines }: DecodedBatch): boolean =>
  header.seq !== undefined && !Number.isSafeInteger(header.seq + lines.length);

/** Signed text may be taken from the wire and sent again; not for long. */
const isStale = ({ header: { sent } }: DecodedBatch, receivedMs: number): boolean =>
  sent === undefined || Math.abs(receivedMs - timestampMs(sent)) > MAX_SIGNED_AGE_MS;

/** The batch with the key that is known to be its own, or none, and without the lines that it may not have. */
function admitted(batch: DecodedBatch, key: string | undefined, permit: LinePermit | undefined): DecodedBatch {
  if (permit === undefined && batch.header.key === key) return batch;
  const { key: _claimed, ...header } = batch.header;
  const isAllowed = (line: string): boolean => permit?.(line, header.logger) ?? true;
  return {
    header: key === undefined ? header : { ...header, key },
    lines: batch.lines.map((line) => (typeof line !== 'string' || isAllowed(line) ? line : refusal('not-allowed'))),
  };
}
