import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import { parseSegmentName, type Segment } from './segment.ts';

export interface SetAsideStats {
  /** Segments set aside that are there, from earlier runs too. */
  readonly files: number;
  readonly bytes: number;
  /** Of them, those deleted since the start to make room. */
  readonly deletedFiles: number;
}

/** Segments that could not be read, kept as `<segment>.bad` for a person to look at, as long as there is room. */
export interface SetAside {
  /** Renames the segment's file. One that is gone is as good. */
  add(segment: Segment): Promise<void>;
  /** Deletes the oldest until the rest has at most so many bytes. */
  shrinkTo(maxBytes: number): void;
  stats(): SetAsideStats;
}

const SUFFIX = '.bad';

/** Where a segment lies once it is set aside. */
export const setAsidePath = (segmentPath: string): string => segmentPath + SUFFIX;

/** Finds what earlier runs set aside in the journal's folder, which need not exist yet. */
export async function openSetAside(dir: string, onTrouble: (text: string) => void): Promise<SetAside> {
  const files = await findFiles(dir);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let deletedFiles = 0;
  return {
    async add(segment) {
      const path = setAsidePath(segment.path);
      try {
        await rename(segment.path, path);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return;
        throw error;
      }
      files.push({ path, bytes: segment.bytes });
      bytes += segment.bytes;
    },
    shrinkTo(maxBytes) {
      for (let oldest = files[0]; oldest !== undefined && bytes > maxBytes; oldest = files[0]) {
        files.shift();
        bytes -= oldest.bytes;
        deletedFiles++;
        const { path } = oldest;
        unlink(path).catch((error: unknown) => {
          if (codeOf(error) !== 'ENOENT') onTrouble(`${path} cannot be deleted: ${messageOf(error)}`);
        });
      }
    },
    stats: () => ({ files: files.length, bytes, deletedFiles }),
  };
}

async function findFiles(dir: string): Promise<{ path: string; bytes: number }[]> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const paths = names
    .filter((name) => name.endsWith(SUFFIX) && parseSegmentName(name.slice(0, -SUFFIX.length)) !== undefined)
    .sort()
    .map((name) => join(dir, name));
  return Promise.all(paths.map(async (path) => ({ path, bytes: (await stat(path)).size })));
}
