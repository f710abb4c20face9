import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import {
  debugIdOf,
  IDS_FOLDER,
  idPath,
  isMapPath,
  isReleaseFolder,
  mapPath,
  MAX_NAME_LENGTH,
  releaseFolder,
} from './map-names.ts';

/** What a map is found by. */
export interface MapName {
  /** Version of the application, as its `release` option says. */
  readonly release: string;
  /** Address or path of the script that it belongs to. */
  readonly path: string;
  readonly debugId?: string | undefined;
}

export type Stored =
  | {
      readonly status: 'stored';
      readonly bytes: number;
      /** Releases that were deleted to make room. */
      readonly deletedReleases: number;
    }
  | { readonly status: 'refused'; readonly reason: 'bad-name' | 'too-large' };

/** The source maps of a router. */
export interface MapStore {
  /** Keeps a map, in place of what was there; it is there whole or not at all. Rejects if the disk fails. */
  put(name: MapName, text: AsyncIterable<Uint8Array>): Promise<Stored>;
}

/** Folder of the maps, in the data folder. */
export const MAPS_FOLDER = 'maps';
/** Longest map, in bytes: one of an application of 10 MB, sources within. */
export const MAX_MAP_BYTES: number = 64 * 1024 * 1024;
/** Releases that are kept; the one that got a map last stays longest. */
export const MAX_RELEASES = 100;
/** Size of all maps past which the oldest releases go, when a new one comes. */
const MAX_BYTES = 4 * 1024 ** 3;

export interface MapStoreLimits {
  readonly maxMapBytes?: number;
  readonly maxReleases?: number;
  readonly maxBytes?: number;
}

/** Keeps maps in the folder `dir`, which is made when it is needed. */
export function createMapStore(dir: string, limits: MapStoreLimits = {}): MapStore {
  const { maxMapBytes = MAX_MAP_BYTES, maxReleases = MAX_RELEASES, maxBytes = MAX_BYTES } = limits;
  let pruning: Promise<number> = Promise.resolve(0);

  async function put({ release, path, debugId }: MapName, text: AsyncIterable<Uint8Array>): Promise<Stored> {
    const id = debugId === undefined ? undefined : debugIdOf(debugId);
    const isNamed = [release, path].every(({ length }) => length > 0 && length <= MAX_NAME_LENGTH);
    if (!isNamed || (debugId !== undefined && id === undefined)) return { status: 'refused', reason: 'bad-name' };
    const folder = join(dir, releaseFolder(release));
    const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
    const place = mapPath(release, path);
    const draft = join(folder, `${randomUUID()}~`);
    const bytes = await write(draft, text).catch(async (error: unknown) => {
      await rm(draft, { force: true });
      throw error;
    });
    if (bytes === undefined) return { status: 'refused', reason: 'too-large' };
    await rename(draft, join(dir, place));
    if (id !== undefined) await pointTo(id, place);
    // One after the other: two would count each other's.
    if (isNew) pruning = pruning.then(prune, prune);
    return { status: 'stored', bytes, deletedReleases: isNew ? await pruning : 0 };
  }

  /** Writes the draft; undefined, with nothing left of it, if it would be too long. */
  async function write(draft: string, text: AsyncIterable<Uint8Array>): Promise<number | undefined> {
    const handle = await open(draft, 'wx');
    let bytes = 0;
    try {
      for await (const chunk of text) {
        bytes += chunk.length;
        if (bytes > maxMapBytes) break;
        await handle.writeFile(chunk);
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (bytes <= maxMapBytes) return bytes;
    await unlink(draft);
    return undefined;
  }

  async function pointTo(id: string, place: string): Promise<void> {
    await mkdir(join(dir, IDS_FOLDER), { recursive: true });
    const draft = `${idPath(dir, id)}.${randomUUID()}~`;
    await writeFile(draft, place);
    await rename(draft, idPath(dir, id));
  }

  /** Deletes the releases that are too many, the oldest first; how many those were. */
  async function prune(): Promise<number> {
    const releases = await Promise.all(
      (await readdir(dir)).filter(isReleaseFolder).map(async (name) => {
        const { mtimeMs } = await stat(join(dir, name));
        return { name, mtimeMs, bytes: await folderBytes(join(dir, name)) };
      }),
    );
    releases.sort((one, other) => other.mtimeMs - one.mtimeMs);
    let heldBytes = 0;
    const gone = releases.filter(({ bytes }, index) => {
      heldBytes += bytes;
      return index > 0 && (index >= maxReleases || heldBytes > maxBytes);
    });
    for (const { name } of gone) await rm(join(dir, name), { recursive: true, force: true });
    if (gone.length > 0) await dropIds();
    return gone.length;
  }

  /** Deletes the ids whose map is gone. */
  async function dropIds(): Promise<void> {
    for (const name of await readdir(join(dir, IDS_FOLDER)).catch(noneIfMissing)) {
      const path = join(dir, IDS_FOLDER, name);
      const place = await readFile(path, 'utf8').catch(() => '');
      const isThere = isMapPath(place) && (await stat(join(dir, place)).then(Boolean, () => false));
      if (!isThere) await rm(path, { force: true });
    }
  }

  return { put };
}

async function folderBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir)) bytes += (await stat(join(dir, name)).catch(() => ({ size: 0 }))).size;
  return bytes;
}

const noneIfMissing = (error: unknown): string[] => {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
};
