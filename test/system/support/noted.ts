import { readFile } from 'node:fs/promises';

/** What a sink of configs/faulty-sinks.ts has noted of one message. */
export interface Noted {
  readonly n: number;
  readonly lateMs: number;
}

/** All that such a sink has noted; nothing where it has not begun. */
export async function readNoted(path: string): Promise<readonly Noted[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [n = Number.NaN, lateMs = Number.NaN] = line.split(' ').map(Number);
      return { n, lateMs };
    });
}
