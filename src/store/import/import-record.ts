import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCount } from '../../core/header.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { isTimestamp } from '../../core/timestamp.ts';
import { isMissing } from '../layout.ts';
import { publishFile } from '../publish.ts';
import { importStaging } from './open-import.ts';

/** That a file was brought in whole: what to say when it comes again. */
export interface ImportRecord {
  readonly at: string;
  readonly messages: number;
  /** Lines that are no message. */
  readonly refused: number;
}

/** Hive and Spark skip what begins with `_`. */
const IMPORTS_FOLDER = '_imports';

/** Where the archive keeps what it knows of an import. */
export const importFolder = (dir: string, id: string): string => join(dir, IMPORTS_FOLDER, id);

const recordPath = (dir: string, id: string): string => join(importFolder(dir, id), 'done.json');

/** The record of an import; undefined if it was never finished. Deleting the file has it looked at anew. */
export async function readImportRecord(dir: string, id: string): Promise<ImportRecord | undefined> {
  let text: string;
  try {
    text = await readFile(recordPath(dir, id), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { at, messages, refused } = value;
  return isTimestamp(at) && isCount(messages) && isCount(refused) ? { at, messages, refused } : undefined;
}

export async function writeImportRecord(dir: string, id: string, record: ImportRecord): Promise<void> {
  const staged = join(importStaging(dir, id), 'done.json');
  await mkdir(importStaging(dir, id), { recursive: true });
  await writeFile(staged, `${JSON.stringify({ version: 1, ...record })}\n`);
  await publishFile(staged, recordPath(dir, id));
}
