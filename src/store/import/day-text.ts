import { appendFile } from 'node:fs/promises';
import type { ImportedLine } from './read-line.ts';

/** Messages of one day on their way to Parquet: text in the journal's form, in a file that grows. */
export interface DayText {
  readonly path: string;
  /** Messages and characters that it holds, those that are not written yet too. */
  readonly count: number;
  readonly length: number;
  /** Characters that are not written yet. */
  readonly heldLength: number;
  add(message: ImportedLine): void;
  /** Writes what is held. */
  write(): Promise<void>;
}

/** Begins the text; nothing is made at `path` before the first `write`. */
export function beginDayText(path: string): DayText {
  let held: string[] = [];
  let heldLength = 0;
  let length = 0;
  let count = 0;
  let last: ImportedLine | undefined;

  function push(line: string): void {
    held.push(line, '\n');
    heldLength += line.length + 1;
    length += line.length + 1;
  }

  return {
    path,
    get count() {
      return count;
    },
    get length() {
      return length;
    },
    get heldLength() {
      return heldLength;
    },
    add(message) {
      if (last === undefined || !follows(message, last)) push(stampedHeader(message));
      push(message.line);
      last = message;
      count++;
    },
    async write() {
      const text = held.join('');
      held = []; // before writing: what is added meanwhile is written next time
      heldLength = 0;
      await appendFile(path, text);
    },
  };
}

/** Whether a message stands below the same header as the one before it, where the header's `seq` counts on. */
const follows = ({ header, received }: ImportedLine, last: ImportedLine): boolean =>
  received === last.received &&
  header.logger === last.header.logger &&
  header.sender === last.header.sender &&
  header.hostname === last.header.hostname &&
  header.pid === last.header.pid &&
  (header.seq === undefined || header.seq === (last.header.seq ?? 0) + 1);

const stampedHeader = ({ header, received }: ImportedLine): string => JSON.stringify({ ...header, received });
