import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One Parquet file of the archive: the messages `first` to `last`, both included, received on the UTC day `dt`. */
export interface ArchiveFile {
  /** Absolute if the archive's folder was given so. */
  readonly path: string;
  /** UTC day of receipt, `YYYY-MM-DD`. */
  readonly dt: string;
  /** Who numbered its messages: empty for the router whose folder it is, else a name, as of another router or of an import. Offsets of two writers have nothing to do with each other. */
  readonly writer: string;
  /** Offset of the first message. */
  readonly first: number;
  /** Offset of the last message. */
  readonly last: number;
  /** True while it lies in `_recent`, which Hive and Spark skip. */
  readonly recent: boolean;
  /** Size on disk. */
  readonly bytes: number;
  /** When it was put in place, epoch milliseconds. */
  readonly mtimeMs: number;
}

/** Hive and Spark skip folders that begin with `_`: what lies here is not theirs yet. */
export const RECENT_FOLDER = '_recent';
/** Files being written; nobody reads here. On the same file system, so that a rename is atomic. */
export const STAGING_FOLDER = '_staging';

/** Wide enough for every safe integer, so that names sort as numbers do. */
const OFFSET_DIGITS = 16;
const FILE_NAME = /^(?:([a-z0-9][a-z0-9-]*)\.)?(\d{16})-(\d{16})\.parquet$/;
const DAY_FOLDER = /^dt=(\d{4}-\d{2}-\d{2})$/;
/** A listing is repeated when a file vanishes between being named and being measured: once a minute at most, but where merges follow each other and the process is busy, many times. */
const MAX_LISTINGS = 100;

export const padOffset = (offset: number): string => String(offset).padStart(OFFSET_DIGITS, '0');

/** `<first>-<last>.parquet`, both offsets included; `<writer>.` in front unless it is empty. */
export const archiveFileName = (first: number, last: number, writer = ''): string =>
  `${writer === '' ? '' : `${writer}.`}${padOffset(first)}-${padOffset(last)}.parquet`;

/** What a file's name states. */
export type ArchiveFileName = Pick<ArchiveFile, 'writer' | 'first' | 'last'>;

/** What a file's name states; undefined for a name that is none of the archive's. */
export function parseArchiveFileName(name: string): ArchiveFileName | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  const first = Number(match[2]);
  const last = Number(match[3]);
  return last >= first && Number.isSafeInteger(last) ? { writer: match[1] ?? '', first, last } : undefined;
}

/** What the writer of an imported file begins with; what follows tells the file. */
const IMPORT_PREFIX = 'import-';

/** Files of an import bear it, as those of another router bear its name. */
export const importWriter = (id: string): string => `${IMPORT_PREFIX}${id}`;

/** Whether files of this writer were imported. */
export const isImport = (writer: string): boolean => writer.startsWith(IMPORT_PREFIX);

export const stagingDir = (dir: string): string => join(dir, STAGING_FOLDER);

/** The folder of one day, in `_recent` or in the Hive layout. */
export const dayDir = (dir: string, dt: string, recent: boolean): string =>
  recent ? join(dir, RECENT_FOLDER, `dt=${dt}`) : join(dir, `dt=${dt}`);

/**
 * Lists the files that together hold every archived message once, ordered by writer and first offset: files superseded by a merge are left out.
 * Safe while files are written and merged, as a superseded file stays for a minute. An archive that does not exist is empty.
 */
export async function listArchive(dir: string): Promise<readonly ArchiveFile[]> {
  return withoutSuperseded(await listAllFiles(dir));
}

/** Every file in place, also superseded ones, ordered by writer and first offset; of equal offsets the longest, then the promoted one, comes first. */
export async function listAllFiles(dir: string): Promise<readonly ArchiveFile[]> {
  for (let attempt = 1; ; attempt++) {
    const files = await listOnce(dir);
    if (files !== 'changed') return files.sort(byRange);
    if (attempt === MAX_LISTINGS) throw new Error(`files kept vanishing from the archive ${dir} while it was listed`);
  }
}

/** Leaves out each file whose range lies inside another's of the same writer and day. Wants the order of `listAllFiles`. */
export function withoutSuperseded(files: readonly ArchiveFile[]): readonly ArchiveFile[] {
  const kept: ArchiveFile[] = [];
  /** Of the kept file that reaches farthest; in this order it also begins no later than the file at hand. */
  const lastKept = new Map<string, number>();
  for (const file of files) {
    const key = `${file.writer} ${file.dt}`;
    if (file.last <= (lastKept.get(key) ?? -1)) continue;
    kept.push(file);
    lastKept.set(key, file.last);
  }
  return kept;
}

/** The offset after the last message that the folder's own router has archived; 0 for an empty archive. */
export const archiveEnd = (files: readonly ArchiveFile[]): number =>
  files.reduce((end, file) => (file.writer === '' ? Math.max(end, file.last + 1) : end), 0);

function byRange(a: ArchiveFile, b: ArchiveFile): number {
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1;
  return a.first - b.first || b.last - a.last || Number(a.recent) - Number(b.recent) || (a.dt < b.dt ? -1 : 1);
}

async function listOnce(dir: string): Promise<ArchiveFile[] | 'changed'> {
  // The old before the new: a file merged meanwhile is then seen twice, and left out once, but never missed.
  const files = [
    ...(await listNames(join(dir, RECENT_FOLDER))).map((file) => ({ ...file, recent: true })),
    ...(await listNames(dir)).map((file) => ({ ...file, recent: false })),
  ];
  const measured = await Promise.all(files.map(measure));
  return measured.every((file) => file !== undefined) ? measured : 'changed';
}

/** The files in the day folders of `dir` that are named by offsets, in no order. */
export async function listNames(dir: string): Promise<readonly (ArchiveFileName & Pick<ArchiveFile, 'path' | 'dt'>)[]> {
  const folders = await dayFolders(dir);
  const listings = await Promise.all(folders.map(async (folder) => ({ folder, names: await namesIn(folder.path) })));
  return listings.flatMap(({ folder, names }) =>
    names.flatMap((name) => {
      const range = parseArchiveFileName(name);
      return range === undefined ? [] : [{ path: join(folder.path, name), dt: folder.dt, ...range }];
    }),
  );
}

async function measure(file: Omit<ArchiveFile, 'bytes' | 'mtimeMs'>): Promise<ArchiveFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(file.path);
    return { ...file, bytes: size, mtimeMs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function dayFolders(dir: string): Promise<{ path: string; dt: string }[]> {
  return (await namesIn(dir)).flatMap((name) => {
    const dt = DAY_FOLDER.exec(basename(name))?.[1];
    return dt === undefined ? [] : [{ path: join(dir, name), dt }];
  });
}

/** The names in a folder; none if there is no such folder. */
export async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return []; // not made yet, or its day was deleted
    throw error;
  }
}

/** Whether a file operation failed because there is no such file or folder. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
