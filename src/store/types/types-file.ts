import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, stagingDir } from '../layout.ts';
import { publishFile } from '../publish.ts';
import { EMPTY_BOOK, type TypeBook } from './type-book.ts';
import { bookText, readBook } from './type-book-text.ts';

/** In the archive's folder, so that whoever reads the archive has it; Hive and Spark skip what begins with `_`. */
export const TYPES_FILE = '_types.json';
/** Twice what 200 types of 100 keys with the longest names come to: what is larger is not ours. */
const MAX_BYTES: number = 16 * 1024 * 1024;

const pathIn = (dir: string): string => join(dir, TYPES_FILE);

/** The registered types of the archive in `dir`; undefined if the file is there and is no book. */
export async function loadTypes(dir: string): Promise<TypeBook | undefined> {
  try {
    const { size } = await stat(pathIn(dir));
    return size > MAX_BYTES ? undefined : readBook(await readFile(pathIn(dir), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return EMPTY_BOOK;
    throw error;
  }
}

/** Something that differs once the file was written anew. */
export async function typesVersion(dir: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(pathIn(dir));
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** Writes the book; a reader, or a restart after a power loss, sees the old one or the new one. */
export async function saveTypes(dir: string, book: TypeBook): Promise<void> {
  const staged = join(stagingDir(dir), TYPES_FILE);
  const handle = await open(staged, 'w');
  try {
    await handle.writeFile(bookText(book));
  } finally {
    await handle.close();
  }
  await publishFile(staged, pathIn(dir));
}
