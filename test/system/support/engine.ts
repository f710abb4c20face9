import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import type { Hdfs } from '../servers/hdfs.ts';
import { readIds } from './parquet-ids.ts';

/** A file of an archive in HDFS, as its NameNode tells it. */
export interface SeenFile {
  /** Below the archive's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Reads an archive in HDFS as Hive and Spark do: it lists the folders of days, and believes what it finds there. */
export interface Engine {
  /**
   * What lies in the folders of days now, each message as `sender seq`, as often as it is there. Throws if a file that an earlier look has seen is gone or was changed.
   * One look begins once the one before has ended: of two at once, the later may be answered first, and has seen more than the other then finds.
   */
  look(): Promise<readonly string[]>;
  /** The files of the last look. */
  files(): readonly SeenFile[];
}

interface Status {
  readonly pathSuffix: string;
  readonly type: 'FILE' | 'DIRECTORY';
  readonly length: number;
  readonly modificationTime: number;
}

const isHidden = (name: string): boolean => name.startsWith('_') || name.startsWith('.');

/** The archive in this folder; it needs not be there yet. */
export async function createEngine(hdfs: Hdfs, folder: string): Promise<Engine> {
  const dir = await tempDir();
  const idsOf = new Map<string, readonly string[]>();
  let known: readonly SeenFile[] = [];
  let fetched = 0;
  let latest: Promise<unknown> = Promise.resolve();

  async function fetchIds(path: string): Promise<readonly string[]> {
    const answer = await fetch(
      `http://${hdfs.httpAddresses[0]!}/webhdfs/v1${folder}/${path}?op=OPEN&user.name=hdfs&noredirect=false`,
    );
    if (!answer.ok) throw new Error(`an engine cannot read ${path}: ${await answer.text()}`);
    const to = join(dir, String(fetched++));
    await writeFile(to, new Uint8Array(await answer.arrayBuffer()));
    return readIds([to]);
  }

  async function lookOnce(): Promise<readonly string[]> {
    const files = await listVisible(hdfs, folder);
    const now = new Map(files.map((file) => [file.path, file]));
    for (const { path, bytes, modifiedMs } of known) {
      const file = now.get(path);
      if (file?.bytes !== bytes || file.modifiedMs !== modifiedMs)
        throw new Error(`${path} was seen, and is ${file === undefined ? 'gone' : 'another'} now`);
    }
    known = files;
    for (const { path } of files) if (!idsOf.has(path)) idsOf.set(path, await fetchIds(path));
    return files.flatMap(({ path }) => idsOf.get(path) ?? []);
  }

  return {
    look() {
      const look = latest.then(lookOnce);
      latest = look.catch(() => undefined); // who looked is told
      return look;
    },
    files: () => known,
  };
}

/** What an engine lists: the files of the folders of days whose names do not begin with `_` or a dot. */
export async function listVisible(hdfs: Hdfs, folder: string): Promise<readonly SeenFile[]> {
  const days = (await list(hdfs, folder)).filter(({ pathSuffix }) => pathSuffix.startsWith('dt='));
  const listed = await Promise.all(
    days.map(async ({ pathSuffix: day }) =>
      (await list(hdfs, `${folder}/${day}`))
        .filter(({ pathSuffix }) => !isHidden(pathSuffix))
        .map(({ pathSuffix, length, modificationTime }) => ({
          path: `${day}/${pathSuffix}`,
          bytes: length,
          modifiedMs: modificationTime,
        })),
    ),
  );
  return listed.flat();
}

/** The files that an engine passes over, but for the books of types, which are meant to lie there. */
export async function listHidden(hdfs: Hdfs, folder: string, below = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { pathSuffix, type } of await list(hdfs, `${folder}${below}`)) {
    const path = `${below}/${pathSuffix}`;
    if (type === 'DIRECTORY') found.push(...(await listHidden(hdfs, folder, path)));
    else if (path.split('/').some(isHidden) && !/^\/_types\/[^_.][^/]*\.json$/.test(path)) found.push(path);
  }
  return found;
}

async function list(hdfs: Hdfs, path: string): Promise<readonly Status[]> {
  try {
    const answer = await hdfs.webHdfs('GET', path, { op: 'LISTSTATUS' });
    return (answer as { readonly FileStatuses: { readonly FileStatus: readonly Status[] } }).FileStatuses.FileStatus;
  } catch (error) {
    if (String(error).includes('FileNotFoundException')) return [];
    throw error;
  }
}
