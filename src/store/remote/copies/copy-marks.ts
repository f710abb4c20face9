import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { archiveFileName, isMissing, listNames, stagingDir } from '../../layout.ts';
import { removeFolder } from '../../merge/merge-cleanup.ts';
import { publishFile } from '../../publish.ts';
import { coverageOf, type Covered, type FileRange } from './coverage.ts';

/**
 * What is known, in an archive's own folder, of its copies in other stores: `_copied/<target>/dt=…/<name>` for each file that is there, and
 * `_copied/<target>/_begun/dt=…/<name>` for each that may be there: its copying began, and nobody has heard how it ended. A mark keeps its name when its file is merged into
 * another, so files are told by their offsets.
 */
export const COPIED_FOLDER = '_copied';
const BEGUN_FOLDER = '_begun';
const STAGED_PREFIX = 'mark-';
/** Of the URL's digest: enough to tell stores apart. */
const TARGET_DIGITS = 16;

/** What a mark says of a copy. */
export interface CopyMark {
  /** In the other store, below the archive's folder there. */
  readonly path: string;
  readonly bytes: number;
  readonly checksum: string;
}

/** How much of a file a store has. */
export interface TargetMarks {
  copied(file: FileRange): Covered;
  /** What began to be copied and is not known to be there: nothing of this file, this file and no other, or another one with messages of it. */
  begun(file: FileRange): 'nothing' | 'this' | 'another';
}

/** The name of the store at `url` among the marks. */
export const targetOf = (url: string): string => createHash('sha256').update(url).digest('hex').slice(0, TARGET_DIGITS);

const markPath = (folder: string, { dt, writer, first, last }: FileRange): string =>
  join(folder, `dt=${dt}`, archiveFileName(first, last, writer));

/** The marks of every store to which the archive in `dir` was ever copied, by target. */
export async function readMarks(dir: string): Promise<ReadonlyMap<string, TargetMarks>> {
  const all = await Promise.all(
    (await targetsIn(dir)).map(async (target) => {
      const folder = join(dir, COPIED_FOLDER, target);
      // In this order: a copy that is being confirmed is then seen twice, but never missed.
      const begun = await listNames(join(folder, BEGUN_FOLDER));
      const there = await listNames(folder);
      const copied = coverageOf(there);
      const open = begun.filter((file) => copied(file) !== 'all');
      return [target, { copied, begun: (file: FileRange) => begunOf(file, open) }] as const;
    }),
  );
  return new Map(all);
}

/** Of a store to which nothing was copied yet. */
export const NO_MARKS: TargetMarks = { copied: () => 'none', begun: () => 'nothing' };

function begunOf(file: FileRange, open: readonly FileRange[]): 'nothing' | 'this' | 'another' {
  const touching = open.filter(
    ({ writer, dt, first, last }) =>
      writer === file.writer && dt === file.dt && first <= file.last && last >= file.first,
  );
  if (touching.length === 0) return 'nothing';
  return touching.every(({ first, last }) => first === file.first && last === file.last) ? 'this' : 'another';
}

/** Says that the copying of this file begins. On disk once it resolves. */
export async function markBegun(dir: string, target: string, file: FileRange): Promise<void> {
  await writeMark(dir, markPath(join(dir, COPIED_FOLDER, target, BEGUN_FOLDER), file), {});
}

/** Says that this file is in the store. On disk once it resolves. */
export async function markCopied(dir: string, target: string, file: FileRange, mark: CopyMark): Promise<void> {
  const folder = join(dir, COPIED_FOLDER, target);
  await writeMark(dir, markPath(folder, file), mark);
  await rm(markPath(join(folder, BEGUN_FOLDER), file), { force: true });
}

/** What is in this store, each with the path of its mark. */
export const listCopied = (dir: string, target: string): Promise<readonly (FileRange & { readonly path: string })[]> =>
  listNames(join(dir, COPIED_FOLDER, target));

/** What began to be copied to this store and may not be there, each with the path of its mark. */
export const listBegun = (dir: string, target: string): Promise<readonly (FileRange & { readonly path: string })[]> =>
  listNames(join(dir, COPIED_FOLDER, target, BEGUN_FOLDER));

/** Deletes a mark, once nothing of its file is in the store, nor a file here that could be copied. */
export async function removeMark(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeFolder(dirname(path));
}

/**
 * Deletes the marks of the copies of writers' days of which `files` has nothing any more. Safe to call only once those files are gone. What only began to be copied keeps its mark, until
 * its remains in the store are deleted; and so does an import, whose name alone does not tell there whose it is.
 */
export async function removeMarksWithoutDay(dir: string, files: readonly FileRange[]): Promise<void> {
  const kept = new Set(files.map(({ writer, dt }) => `${writer} ${dt}`));
  for (const target of await targetsIn(dir)) {
    const marks = await listNames(join(dir, COPIED_FOLDER, target));
    const gone = marks.filter(({ writer, dt }) => writer === '' && !kept.has(`${writer} ${dt}`));
    for (const { path } of gone) await rm(path, { force: true });
    for (const day of new Set(gone.map(({ path }) => dirname(path)))) await removeFolder(day);
  }
}

async function writeMark(dir: string, path: string, content: object): Promise<void> {
  const staged = join(stagingDir(dir), `${STAGED_PREFIX}${basename(path)}`);
  await mkdir(dirname(staged), { recursive: true });
  await writeFile(staged, `${JSON.stringify(content)}\n`);
  await publishFile(staged, path);
}

async function targetsIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(join(dir, COPIED_FOLDER));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
