import { decode, type DecodedBatch } from '../core/decode.ts';
import { findSignature } from '../core/find-signature.ts';
import { isRecord, parseJson, setOwn, type JsonObject } from '../core/json.ts';
import type { LinePermit } from '../core/line-permit.ts';
import { refusal } from '../core/refusal.ts';
import type { RefusedLine } from './acceptance.ts';

/** What a body says, each line checked. */
export type Screened =
  | {
      readonly ok: true;
      readonly batches: readonly DecodedBatch[];
      /** The number of the first batch's first line: a header has line 1, and deployed clients' messages, which are batches of one, have none. */
      readonly firstLine: number;
      /** Every line that is refused; `line` counts from 1, the header's. */
      readonly refused: readonly RefusedLine[];
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Decodes a body as the router does, its timestamps shifted where the sender's clock is off; holds its lines against `permit`; adds `extra` to their metadata.
 * A signature is left out, as it does not hold for what is written anew. Takes any bytes and never throws.
 */
export function screen(bytes: Uint8Array, receivedMs: number, permit: LinePermit, extra: JsonObject): Screened {
  const signatureAt = findSignature(bytes);
  const text = decoder.decode(signatureAt === -1 ? bytes : bytes.subarray(0, signatureAt));
  const decoded = decode(text, receivedMs);
  if (!decoded.ok) return decoded;
  const hasExtra = Object.keys(extra).length > 0;
  const firstLine = /^[^\n]*"metlog"\s*:/.test(text) ? 2 : 1;
  const refused: RefusedLine[] = [];
  const batches = decoded.batches.map(({ header, lines }, batchNumber) => ({
    header,
    lines: lines.map((line, index) => {
      const checked = typeof line === 'string' && !permit(line, header.logger) ? refusal('not-allowed') : line;
      if (typeof checked === 'string') return hasExtra ? withMetadata(checked, extra) : checked;
      refused.push({ line: batchNumber + index + firstLine, error: checked.refused });
      return checked;
    }),
  }));
  return { ok: true, batches, firstLine, refused };
}

/** As Node's buffers decode: a byte order mark is a character like others. */
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });

/** The line with `extra` in its metadata. What the page itself has put there by these names, it finds under `user_…`: nobody can forge them. */
function withMetadata(line: string, extra: JsonObject): string {
  const message = parseJson(line);
  if (!isRecord(message) || !isRecord(message['metadata'])) return line; // no line that decoding makes
  const metadata: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message['metadata'])) {
    let free = key;
    while (Object.hasOwn(extra, free) || (free !== key && Object.hasOwn(message['metadata'], free)))
      free = `user_${free}`;
    setOwn(metadata, free, value);
  }
  return JSON.stringify({ ...message, metadata: Object.assign(metadata, extra) });
}
