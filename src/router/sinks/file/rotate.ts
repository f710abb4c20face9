import { lstat } from 'node:fs/promises';
import { codeOf } from '../../errors.ts';
import type { FileCalls } from './file-calls.ts';

/**
 * Makes `path` free: it becomes `path.1`, that one `path.2`, and so on up to `path.<keep>`, whose content goes. Only as many move as need to: a
 * rotation that was broken off leaves a gap, and beginning anew must not push out one file more.
 */
export async function rotate(path: string, keep: number, rename: FileCalls['rename']): Promise<void> {
  const nameOf = (number: number): string => (number === 0 ? path : `${path}.${number}`);
  let free = 1;
  while (free < keep && (await exists(nameOf(free)))) free++;
  for (let number = free; number > 0; number--) {
    await rename(nameOf(number - 1), nameOf(number)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error; // else somebody has moved it away just now, and the name is as free
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
