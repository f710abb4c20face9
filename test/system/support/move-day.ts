import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes what the archive in `dir` has of one UTC day a part of another, as nobody waits here for days to pass. Nothing may run on it. */
export async function moveDay(dir: string, from: string, to: string): Promise<void> {
  const folders = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith(`dt=${from}`));
  for (const folder of folders) await rename(join(dir, folder), join(dir, folder.replace(from, to)));
}
