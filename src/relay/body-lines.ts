import { MAX_BODY_LINES } from '../core/decode.ts';
import { joined } from './join-bytes.ts';

/** What holds for the lines of a body. */
export interface LineLimits {
  readonly maxLineBytes: number;
}

/** A body whose lines are within the limits. */
export interface BoundedBody {
  readonly bytes: Uint8Array;
  /** Lines that were too long, by number from 1, the header's. In their places stands a refusal, so that those behind keep their numbers. */
  readonly tooLong: readonly number[];
}

const NEWLINE = 0x0a;
const REFUSAL = '{"refused":"too-large"}';

/** Holds a body against the limits; null when it has more lines than any body may. It is looked at as bytes, and copied only where a line is too long. */
export function boundLines(bytes: Uint8Array, { maxLineBytes }: LineLimits): BoundedBody | null {
  const tooLong: number[] = [];
  const parts: Uint8Array[] = [];
  let keptFrom = 0;
  let count = 0;
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline === -1 ? bytes.length : newline;
    if (++count > MAX_BODY_LINES) return null;
    // The header is bounded where it is read.
    if (count > 1 && end - from > maxLineBytes) {
      tooLong.push(count);
      parts.push(bytes.subarray(keptFrom, from), encoder.encode(REFUSAL));
      keptFrom = end;
    }
    from = end + 1;
  }
  if (tooLong.length === 0) return { bytes, tooLong };
  return { bytes: joined([...parts, bytes.subarray(keptFrom)]), tooLong };
}

const encoder = /* @__PURE__ */ new TextEncoder();
