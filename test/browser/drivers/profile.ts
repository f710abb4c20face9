import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Profile {
  readonly dir: string;
  remove(): Promise<void>;
}

/** A folder that is a browser's home while it runs. */
export async function createProfile(): Promise<Profile> {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-browser-'));
  // A browser's last processes may still write while its folder is removed.
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}
