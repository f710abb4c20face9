import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { createAside, type Aside } from './aside.ts';
import { letterLine, type DeadLetter } from './dead-letter.ts';
import { mergeLetters, openLetterFile, scanIfThere, type LetterFile, type OpenAppend } from './letter-file.ts';

/** What one sink could not deliver, kept in a file for a person to look at and to replay. Asked for one thing at a time. */
export interface DeadLetters {
  /** Letters that wait, those of earlier runs and those being replayed too. */
  readonly count: number;
  /** Letters dropped since it was opened: the file had become too large, somebody took letters away, or a line was no letter. */
  readonly expired: number;
  /** Letters that somebody put into the file since it was opened. */
  readonly found: number;
  /** Puts letters in; resolves once they are on disk. Rejects if they are not: then none of them is in. */
  add(letters: readonly DeadLetter[]): Promise<void>;
  /** A replay did not get to its end: its letters are put aside first the next time, without the others. */
  readonly hasUnfinished: boolean;
  /** Puts all letters aside, to be replayed; undefined if there are none. */
  takeAside(): Promise<Aside | undefined>;
  close(): Promise<void>;
}

export interface DeadLettersOptions {
  /** Folder of the files of all sinks, made if need be. */
  readonly dir: string;
  /** The sink's name. */
  readonly name: string;
  /** Past it the oldest are dropped. @default 268435456 */
  readonly maxBytes?: number;
}

export interface DeadLettersDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  onTrouble(text: string): void;
  /** @default the file system's */
  readonly openAppend?: OpenAppend;
}

/** Half a million letters of ordinary size. */
export const DEFAULT_MAX_LETTERS_BYTES = 256 * 1024 * 1024;
/** How much is kept when the file has become too large: what is left is copied, and that is not to be done for every letter. */
const KEPT_RATIO = 0.75;
/** After a failure the oldest are left where they are for so long, in milliseconds: the copy is large, and the disk most likely full. */
const DROP_AGAIN_MS = 60_000;

/**
 * Opens `<dir>/<name>.ndjson`, which need not exist. What a replay had put aside when an earlier run ended is put back, and a torn end is cut
 * off. Rejects if the folder cannot be used.
 */
export async function openDeadLetters(
  { dir, name, maxBytes = DEFAULT_MAX_LETTERS_BYTES }: DeadLettersOptions,
  { clock, onTrouble, openAppend }: DeadLettersDeps,
): Promise<DeadLetters> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${name}.ndjson`);
  // No other sink's file: those end in .ndjson.
  const asidePath = `${path}.replaying`;
  let expired = 0;
  let found = 0;
  let dropFromMs = Number.NEGATIVE_INFINITY;
  await rm(`${path}.tmp`, { force: true });
  let aside = await putBack();
  const file: LetterFile = await openLetterFile(path, { onChanged, ...(openAppend && { openAppend }) });

  function onChanged(gained: number): void {
    if (gained > 0) {
      found += gained;
      onTrouble(`${name}: somebody has put ${gained} dead letters into ${path}`);
    } else {
      expired -= gained;
      onTrouble(`${name}: ${-gained} dead letters are gone, as somebody has removed, moved or changed ${path}`);
    }
  }

  async function putBack(): Promise<Aside | undefined> {
    const left = await scanIfThere(asidePath);
    if (left.count === 0) {
      await rm(asidePath, { force: true });
      return undefined;
    }
    try {
      await mergeLetters(asidePath, path);
      return undefined;
    } catch (error) {
      onTrouble(`${name}: ${asidePath} cannot be put back, and is replayed as it is: ${messageOf(error)}`);
      return openAside(left.count);
    }
  }

  const openAside = (count: number): Aside =>
    createAside(asidePath, count, () => {
      expired++;
      onTrouble(`${name}: a line of the dead letters is none, and is skipped`);
    });

  async function dropOldest(): Promise<void> {
    try {
      const dropped = await file.dropOldest(Math.floor(maxBytes * KEPT_RATIO));
      expired += dropped;
      onTrouble(`${name}: the dead letters were more than ${maxBytes} bytes; the oldest ${dropped} are dropped`);
    } catch (error) {
      dropFromMs = clock.monotonic() + DROP_AGAIN_MS;
      onTrouble(`${name}: the oldest dead letters cannot be dropped: ${messageOf(error)}`);
    }
  }

  return {
    get count() {
      return file.count + (aside?.count ?? 0);
    },
    get expired() {
      return expired;
    },
    get found() {
      return found;
    },
    get hasUnfinished() {
      return aside !== undefined && aside.count > 0;
    },
    async add(letters) {
      await file.append(letters.map(letterLine).join(''), letters.length);
      if (file.bytes > maxBytes && clock.monotonic() >= dropFromMs) await dropOldest();
    },
    async takeAside() {
      if (aside !== undefined && aside.count > 0) return aside;
      await aside?.remove();
      aside = undefined;
      const { count } = await file.moveTo(asidePath);
      if (count === 0) return undefined;
      aside = openAside(count);
      return aside;
    },
    async close() {
      await aside?.close();
      await file.close();
    },
  };
}
