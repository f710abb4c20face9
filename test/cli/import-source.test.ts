import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openFileSource, type ImportSource } from '../../src/cli/import-source.ts';
import { tempDir } from './run-cli.ts';

async function textOf(source: ImportSource): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of source.read(() => undefined)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

it.each([
  ['plain', (text: string) => text],
  ['compressed', gzipSync],
])('reads the file that it opened, %s, twice, though it grows and another takes its name', async (_, written) => {
  const path = join(await tempDir(), 'a.ndjson');
  await writeFile(path, written('one\ntwo\n'));
  const source = await openFileSource(path);
  expect(await textOf(source)).toBe('one\ntwo\n');
  await appendFile(path, written('three\n'));
  await rename(path, `${path}.1`);
  await writeFile(path, written('six!\n'));
  expect(await textOf(source)).toBe('one\ntwo\n');
  await source.close();
});

it('can be read again after a reader that stopped on the way', async () => {
  const path = join(await tempDir(), 'a.ndjson');
  await writeFile(path, 'x'.repeat(3_000_000));
  const source = await openFileSource(path);
  for await (const piece of source.read(() => undefined)) if (piece.length > 0) break;
  expect(await textOf(source)).toHaveLength(3_000_000);
  await source.close();
});
