import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ClosedSegment } from '../../src/store/segment-to-parquet.ts';

export const DAY = '2026-11-22';

/** A folder that is removed when the test is done. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-store-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A header line as the router writes it. */
export const header = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({ metlog: 1, logger: 'shop', received: `${DAY}T10:44:00.215Z`, via: 'udp', ...fields });

/** A message line. */
export const line = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({
    type: 'counter',
    timestamp: `${DAY}T10:44:00.123Z`,
    severity: 6,
    payload: '1',
    metadata: { name: 'login.ok', rate: 1 },
    ...fields,
  });

/** Writes the lines as a segment that begins at offset `first`; what does not begin as a header counts as a message. */
export async function segment(
  dir: string,
  first: number,
  lines: readonly string[],
  dt: string = DAY,
): Promise<ClosedSegment> {
  const path = join(dir, `${String(first).padStart(16, '0')}.ndjson`);
  await writeFile(path, lines.map((text) => `${text}\n`).join(''));
  return { path, first, count: lines.filter((text) => !text.startsWith('{"metlog":')).length, dt };
}
