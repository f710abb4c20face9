import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { onTestFinished } from 'vitest';

export interface SmallDisk {
  /** Gives it room. */
  enlarge(): Promise<void>;
}

/** A file system of its own at `dir`, as small as a disk that is nearly full. Wants root; it goes with the test. */
export async function mountSmallDisk(dir: string, sizeKib: number): Promise<SmallDisk> {
  await mkdir(dir);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', dir]);
  onTestFinished(() => run('umount', ['-l', dir]));
  return { enlarge: () => run('mount', ['-o', 'remount,size=256m', dir]) };
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(command, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} has failed; it wants root`);
}
