import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCount } from '../../core/header.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { isTimestamp } from '../../core/timestamp.ts';
import { isMissing, namesIn } from '../layout.ts';
import { publishFile } from '../publish.ts';
import type { ContentIdentity } from './content-identity.ts';
import { importStaging } from './import-staging.ts';

/** That a content was brought in whole: what to say when it comes again, and where to go on when it has grown. */
export interface ImportRecord {
  readonly at: string;
  /** Messages of the content, also those of an earlier import of its beginning. */
  readonly messages: number;
  /** Lines that are no message. */
  readonly refused: number;
  /** Lines that are done with, whatever is appended: a last one that is no message may be half of one. */
  readonly lines: number;
}

/** Hive and Spark skip what begins with `_`. */
const IMPORTS_FOLDER = '_imports';
const ID = /^[0-9a-f]{16}$/;

/** Where the archive keeps what it knows of an import. */
export const importFolder = (dir: string, id: string): string => join(dir, IMPORTS_FOLDER, id);

/** The record of an import; undefined if it was never finished. Deleting the file has it looked at anew. */
export async function readImportRecord(dir: string, id: string): Promise<ImportRecord | undefined> {
  const { at, messages, refused, lines } = (await readRecord(dir, id, 'done.json')) ?? {};
  return isTimestamp(at) && isCount(messages) && isCount(refused) && isCount(lines)
    ? { at, messages, refused, lines }
    : undefined;
}

export const writeImportRecord = (dir: string, id: string, record: ImportRecord): Promise<void> =>
  writeRecord(dir, id, 'done.json', { ...record });

/** Notes what is to be brought in, before the first line of it is: if that is not finished, and the file grows, the archive still has to know it. */
export const noteContent = (dir: string, { id, bytes, sha256 }: ContentIdentity): Promise<void> =>
  writeRecord(dir, id, 'content.json', { bytes, sha256 });

/** The contents that imports into this archive were begun of. Nothing is no beginning of anything. */
export async function knownContents(dir: string): Promise<readonly ContentIdentity[]> {
  const known: ContentIdentity[] = [];
  const names = await namesIn(join(dir, IMPORTS_FOLDER));
  for (const id of names.filter((name) => ID.test(name))) {
    const { bytes, sha256 } = (await readRecord(dir, id, 'content.json')) ?? {};
    if (isCount(bytes) && bytes > 0 && typeof sha256 === 'string') known.push({ id, bytes, sha256 });
  }
  return known;
}

async function readRecord(dir: string, id: string, name: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    text = await readFile(join(importFolder(dir, id), name), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const value = parseJson(text);
  return isRecord(value) && value['version'] === 1 ? value : undefined;
}

async function writeRecord(dir: string, id: string, name: string, record: Record<string, unknown>): Promise<void> {
  const staged = join(importStaging(dir, id), name);
  await mkdir(importStaging(dir, id), { recursive: true });
  await writeFile(staged, `${JSON.stringify({ version: 1, ...record })}\n`);
  await publishFile(staged, join(importFolder(dir, id), name));
}
