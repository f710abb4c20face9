import { MAX_LINE_BYTES } from '../../core/journal-format.ts';

/** Lines that follow each other. */
export interface LineBatch {
  /** Number of the first, from 0. */
  readonly first: number;
  /** Without their newlines; undefined for one that is longer than any message may be. */
  readonly lines: readonly (string | undefined)[];
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = /^\ufeff/;

/** The lines of a text in UTF-8 as it comes in pieces. What is held is the piece and at most one line. */
export async function* lineBatches(pieces: AsyncIterable<Buffer>): AsyncGenerator<LineBatch> {
  let first = 0;
  /** The beginning of a line whose end has not come, unless that is too long already. */
  let begun: Buffer[] = [];
  let begunBytes = 0;

  function hold(piece: Buffer): void {
    begunBytes += piece.length;
    if (begunBytes > MAX_LINE_BYTES) begun = [];
    else begun.push(piece);
  }

  function endLine(): string | undefined {
    const line = begunBytes > MAX_LINE_BYTES ? undefined : Buffer.concat(begun).toString();
    begun = [];
    begunBytes = 0;
    return line;
  }

  function batchOf(lines: readonly (string | undefined)[]): LineBatch {
    const [line, ...more] = lines;
    const batch = { first, lines: first === 0 ? [line?.replace(BYTE_ORDER_MARK, ''), ...more] : lines };
    first += lines.length;
    return batch;
  }

  for await (const piece of pieces) {
    const newline = piece.indexOf(NEWLINE);
    const last = piece.lastIndexOf(NEWLINE);
    hold(newline === -1 ? piece : piece.subarray(0, newline));
    if (newline === -1) continue;
    const begunLine = endLine();
    yield batchOf(
      last === newline ? [begunLine] : [begunLine, ...piece.toString('utf8', newline + 1, last).split('\n')],
    );
    if (last < piece.length - 1) hold(piece.subarray(last + 1));
  }
  if (begunBytes > 0) yield batchOf([endLine()]);
}
