import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWriterName } from '../../../../src/store/remote/copies/writer-name.ts';
import { tempDir } from '../../journal-text.ts';

it.each([
  ['web-1', /^web-1-[0-9a-f]{8}$/],
  ['Shop.Example_COM', /^shop-example-com-[0-9a-f]{8}$/],
  ['../../etc', /^etc-[0-9a-f]{8}$/],
  ['日本', /^router-[0-9a-f]{8}$/],
  ['x'.repeat(300), /^x{40}-[0-9a-f]{8}$/],
])('makes a part of a file name of %j', async (name, want) => {
  expect(await openWriterName(await tempDir(), name)).toMatch(want);
});

it('keeps to the name that it has made, whatever it is called later; another archive has another one', async () => {
  const dir = await tempDir();
  const made = await openWriterName(dir, 'shop');
  expect(await openWriterName(dir, 'store')).toBe(made);
  expect(await openWriterName(await tempDir(), 'shop')).not.toBe(made);
});

it('makes no other name when the one that it has cannot be read', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, '_writer.json'), '{"writer":"../x"}');
  await expect(openWriterName(dir, 'shop')).rejects.toThrow(`${join(dir, '_writer.json')} does not hold the name`);
  expect(await readFile(join(dir, '_writer.json'), 'utf8')).toBe('{"writer":"../x"}');
});
