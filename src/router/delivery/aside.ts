import { rm } from 'node:fs/promises';
import { parseLetter, type DeadLetter } from './dead-letter.ts';
import { openLinesReader, type LinesReader } from './lines-file.ts';

/** Dead letters that were put aside to be replayed. */
export interface Aside {
  /** Letters that are not settled. */
  readonly count: number;
  /** The first of them, at most so many; none when all are settled. */
  peek(maxLetters: number): Promise<readonly DeadLetter[]>;
  /** These, which were seen, are delivered or elsewhere. */
  settle(letters: ReadonlySet<DeadLetter>): void;
  close(): Promise<void>;
  /** Deletes the file, once all are settled. */
  remove(): Promise<void>;
}

/** Reads the file `path` of `lineCount` lines. A line that is no letter is skipped, and told of by `onSkipped`. */
export function createAside(path: string, lineCount: number, onSkipped: () => void): Aside {
  let count = lineCount;
  let seen: readonly DeadLetter[] = [];
  let reader: LinesReader | undefined;

  async function close(): Promise<void> {
    const closing = reader;
    reader = undefined;
    await closing?.close();
  }

  return {
    get count() {
      return count;
    },
    async peek(maxLetters) {
      reader ??= await openLinesReader(path);
      const found = [...seen];
      while (found.length < maxLetters) {
        const line = await reader.next();
        if (line === undefined) break;
        const letter = parseLetter(line.toString());
        if (letter !== undefined) {
          found.push(letter);
          continue;
        }
        count--;
        onSkipped();
      }
      seen = found;
      return found.slice(0, maxLetters);
    },
    settle(letters) {
      const rest = seen.filter((letter) => !letters.has(letter));
      count -= seen.length - rest.length;
      seen = rest;
    },
    close,
    async remove() {
      await close();
      await rm(path, { force: true });
    },
  };
}
