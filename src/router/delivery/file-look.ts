import { stat } from 'node:fs/promises';
import { codeOf } from '../errors.ts';

/** Which file a path leads to, and its size. */
export interface FileLook {
  readonly dev: number;
  readonly ino: number;
  /** In bytes. */
  readonly size: number;
}

/** Undefined if there is none. */
export async function lookAt(path: string): Promise<FileLook | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether both are the same file, or none. */
export const isSameFile = (a: FileLook | undefined, b: FileLook | undefined): boolean =>
  a?.dev === b?.dev && a?.ino === b?.ino;
