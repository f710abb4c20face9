import type { Header } from '../../core/header.ts';
import { REPORT_START } from './read-report.ts';
import { journalHeader, MAX_PIECE_LENGTH, type Piece, type Stamp } from './run-builder.ts';

/** Hands a piece to the journal. */
export type AppendPiece = (piece: Piece, header: Header, receivedMs: number) => void;

/** Joins what one sender's datagrams bring one after the other into one run below one header. */
export interface RunJoiner {
  /** Takes good lines, all of them new. They are appended soon, each sender's in their order. */
  add(header: Header, lines: readonly string[], stamp: Stamp): void;
  /** Appends what waits. */
  flush(): void;
}

/** A header, and lines below it, of which more may come. */
interface Run {
  readonly header: Header;
  readonly stamp: Stamp;
  text: string;
  count: number;
}

/**
 * To readers of the journal a header costs as much as a message, and many senders put one message into a datagram. What the header says stays
 * true of all that is below it: the same key signed them, and they were received in the same millisecond; `sent` is when the first of them was.
 * `soon` runs a task in a moment.
 */
export function createRunJoiner(append: AppendPiece, soon: (task: () => void) => void): RunJoiner {
  const runs = new Map<string, Run>();
  let isDue = false;

  function end({ header, stamp, text, count }: Run): void {
    append({ text, count, ranges: [0, count] }, header, stamp.receivedMs);
  }

  function flush(): void {
    isDue = false;
    for (const run of runs.values()) end(run);
    runs.clear();
  }

  function begin(header: Header, stamp: Stamp): Run {
    return { header, stamp, text: `${journalHeader(header, 0, stamp)}\n`, count: 0 };
  }

  return {
    add(header, lines, stamp) {
      const { sender } = header;
      const open = sender === undefined ? undefined : runs.get(sender);
      const isNext = open !== undefined && follows(header, stamp, open);
      if (open !== undefined && !isNext) end(open);
      const run = isNext ? open : begin(header, stamp);
      for (const line of lines) run.text += `${line}\n`;
      run.count += lines.length;
      // Who reads the journal again after a crash looks for a report at the end of a run.
      if (sender === undefined || lines.at(-1)?.startsWith(REPORT_START) === true) {
        if (sender !== undefined) runs.delete(sender);
        end(run);
        return;
      }
      if (!isNext) runs.set(sender, run);
      if (isDue) return;
      isDue = true;
      soon(flush);
    },
    flush,
  };
}

/** Whether what is below `header` can stand at the end of `run`. */
function follows(header: Header, stamp: Stamp, { header: first, stamp: firstStamp, text, count }: Run): boolean {
  return (
    header.seq === (first.seq ?? 0) + count &&
    stamp.receivedMs === firstStamp.receivedMs &&
    stamp.key === firstStamp.key &&
    header.logger === first.logger &&
    header.hostname === first.hostname &&
    header.pid === first.pid &&
    text.length < MAX_PIECE_LENGTH
  );
}
