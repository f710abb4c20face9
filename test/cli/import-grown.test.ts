import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { encodeLine } from '../../src/core/encode.ts';
import { aMessage } from '../report/temp-archive.ts';
import { openStore } from '../../src/store/query.ts';
import { tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const line = (payload: string): string => `${encodeLine(aMessage({ timestamp: new Date().toISOString(), payload }))}\n`;
const [ONE, TWO, THREE] = [line('1'), line('2'), line('3')];

let dir: string;
beforeEach(async () => {
  dir = await tempDir();
});

const archive = (): string => join(dir, 'data', 'archive');

async function bring(content: string, name = 'a.ndjson'): Promise<string> {
  await writeFile(join(dir, name), content);
  const { stdout, stderr } = await runHere(['import', '--data-dir', join(dir, 'data'), join(dir, name)]);
  return `${stdout}${stderr}`.replaceAll(JSON.stringify(join(dir, name)), name);
}

async function payloads(): Promise<readonly unknown[]> {
  const store = await openStore(archive(), { threads: 1 });
  const { rows } = await store.query('SELECT payload FROM messages ORDER BY 1');
  await store.close();
  return rows.map(({ payload }) => payload);
}

it('brings in what was appended to a file, under whatever name, and knows each of its lengths again', async () => {
  await bring(ONE);
  expect(await bring(ONE + TWO, 'a.ndjson.1')).toBe('a.ndjson.1: 1 message of 1 day, 1 message of an earlier run\n');
  expect(await bring(ONE + TWO + THREE)).toBe('a.ndjson: 1 message of 1 day, 2 messages of an earlier run\n');
  expect(await bring(ONE)).toMatch(/imported already at \S+, 1 message\n$/);
  expect(await bring(ONE + TWO + THREE)).toMatch(/imported already at \S+, 3 messages\n$/);
  expect(await payloads()).toEqual(['1', '2', '3']);
});

it('brings in a line that was half there, once, and not again one that lacked its end alone', async () => {
  await bring(ONE + TWO.slice(0, 30));
  await bring(ONE + TWO.trimEnd());
  await bring(ONE + TWO + THREE);
  expect(await payloads()).toEqual(['1', '2', '3']);
});

it('takes a file that begins as another for one of its own', async () => {
  await bring(ONE);
  await bring(ONE + TWO);
  await bring(ONE + THREE);
  expect(await payloads()).toEqual(['1', '2', '3']);
});

it('does not bring in again what the archive has deleted since', async () => {
  await bring(ONE);
  for (const name of await readdir(archive()))
    if (name.startsWith('dt=')) await rm(join(archive(), name), { recursive: true });
  await bring(ONE + TWO);
  expect(await payloads()).toEqual(['2']);
});

it('finishes an import that was not, where its file has grown since', async () => {
  await bring(ONE + TWO);
  const [id = ''] = await readdir(join(archive(), '_imports'));
  await rm(join(archive(), '_imports', id, 'done.json')); // as where it was killed
  expect(await bring(ONE + TWO + THREE)).toMatch(
    /^a\.ndjson, its first \d+ B: 0 messages of 1 day, 2 messages of an earlier run\na\.ndjson: 1 message of 1 day, 2 messages of an earlier run\n$/,
  );
  expect(await payloads()).toEqual(['1', '2', '3']);
});
