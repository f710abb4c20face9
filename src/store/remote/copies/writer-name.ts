import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../../core/json.ts';
import { isMissing, stagingDir } from '../../layout.ts';
import { publishFile } from '../../publish.ts';

/** Hive and Spark skip it. It goes with the offsets: a folder that is begun anew is another writer. */
const FILE = '_writer.json';
/** Longest part of a name that people chose; with the rest it stays a name of a file everywhere. */
const MAX_PREFIX_LENGTH = 40;
/** 32 bits: two routers of one name meet once in 4 billion times. */
const ID_BYTES = 4;
const WRITER = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** For a name of which nothing is left. */
const FALLBACK = 'router';

/**
 * The name under which the archive in `dir` puts its files into other stores: what `name` says, as `[a-z0-9-]`, and eight random hexadecimal digits. Made once and kept in the folder: by
 * another name the same messages would be there twice. Rejects if what is kept cannot be read.
 */
export async function openWriterName(dir: string, name: string): Promise<string> {
  const path = join(dir, FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text !== undefined) {
    const value = parseJson(text);
    const kept = isRecord(value) ? value['writer'] : undefined;
    if (typeof kept === 'string' && WRITER.test(kept)) return kept;
    throw new Error(
      `${path} does not hold the name of this archive's files in other stores: bring it back, or delete it, and what is copied anew has another name`,
    );
  }
  return writeName(dir, sanitised(name));
}

/**
 * Another name with the same beginning, in place of `writer`, for what is copied from now on. The one that is given up is not remembered: it is that of the folder of which this one is a copy, which may be at
 * work, so that nothing may be done to its files on the strength of it.
 */
export const renewWriterName = (dir: string, writer: string): Promise<string> =>
  writeName(dir, writer.replace(/-[0-9a-f]{8}$/, ''));

async function writeName(dir: string, prefix: string): Promise<string> {
  const writer = `${prefix}-${randomBytes(ID_BYTES).toString('hex')}`;
  const staged = join(stagingDir(dir), FILE);
  await mkdir(stagingDir(dir), { recursive: true });
  await writeFile(staged, `${JSON.stringify({ writer })}\n`);
  await publishFile(staged, join(dir, FILE));
  return writer;
}

/** As a part of a file's name. */
function sanitised(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_PREFIX_LENGTH)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? FALLBACK : plain;
}
