import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface Line {
  readonly type: string;
  readonly metadata: { readonly n?: number };
}

/** The messages in a file sink's files, newest and rotated: the number of each, as often as it is there. Throws for a line that is no JSON. */
export async function readNumbers(path: string): Promise<readonly number[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const own = names.filter((name) => name === basename(path) || name.startsWith(`${basename(path)}.`));
  const texts = await Promise.all(own.map((name) => readFile(join(dirname(path), name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').slice(0, -1)) // what stands behind the last end of line is still being written
    .map((line) => (JSON.parse(line) as Line).metadata.n)
    .filter((n) => n !== undefined);
}

/** The numbers from `from` on that are missing in `found`; the first hundred. */
export function missingOf(found: readonly number[], count: number, from = 0): readonly number[] {
  const seen = new Set(found);
  const missing: number[] = [];
  for (let n = from; n < from + count && missing.length < 100; n++) if (!seen.has(n)) missing.push(n);
  return missing;
}
