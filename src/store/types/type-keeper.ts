import { mkdir } from 'node:fs/promises';
import type { Columns } from '../../core/column-kind.ts';
import { readAnnouncements } from './schema-messages.ts';
import { stagingDir } from '../layout.ts';
import { announce, configure, EMPTY_BOOK, type TypeBook } from './type-book.ts';
import { loadTypes, saveTypes } from './types-file.ts';

export interface TypeKeeperOptions {
  /** What the configuration registers. @default nothing */
  readonly configured?: ReadonlyMap<string, Columns>;
  /** A type that was not announced for so many days makes room for another one. */
  readonly retentionDays: number;
}

/** Keeps an archive's book of registered types. One process does for an archive. */
export interface TypeKeeper {
  /** Takes up what a closed segment announces; resolves once that is on disk. The same segment may come again. */
  take(path: string): Promise<void>;
  /** Goes by another configuration from now on; resolves once that is on disk. */
  configure(configured: ReadonlyMap<string, Columns>): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Opens the book of the archive in `dir`, which is made if need be. Rejects if it cannot be read or written. What is there and is no book is told, and begun anew. */
export async function openTypeKeeper(
  dir: string,
  { configured = new Map(), retentionDays }: TypeKeeperOptions,
  deps: { readonly now: () => number; readonly onTrouble: (text: string) => void },
): Promise<TypeKeeper> {
  await mkdir(stagingDir(dir), { recursive: true });
  const found = await loadTypes(dir);
  if (found === undefined)
    deps.onTrouble(`the registered types of the archive ${dir} cannot be read, and are gathered anew`);
  let book = found ?? EMPTY_BOOK;
  let latest: Promise<void> = Promise.resolve();

  async function change(next: (book: TypeBook) => TypeBook): Promise<void> {
    const changed = next(book);
    if (changed === book) return;
    await saveTypes(dir, changed);
    book = changed;
  }

  /** One after the other, as each begins with what the one before it has left. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    const result = latest.then(task);
    latest = result.catch(() => undefined); // its caller is told
    return result;
  }

  const keeper: TypeKeeper = {
    take: (path) =>
      inTurn(async () => {
        const announcements = await readAnnouncements(path);
        await change((before) =>
          announcements.reduce((current, one) => announce(current, one, deps.now(), retentionDays * DAY_MS), before),
        );
      }),
    configure: (next) =>
      inTurn(() => change((before) => (next.size + before.configured.size === 0 ? before : configure(before, next)))),
  };
  await keeper.configure(configured);
  return keeper;
}
