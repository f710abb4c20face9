import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { listArchive } from '../../src/store/layout.ts';
import { ARCHIVE_COLUMNS } from '../../src/store/schema.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import type { ArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

async function openWriter(dir: string): Promise<ArchiveWriter> {
  const writer = await createArchiveWriter(join(dir, 'archive'));
  onTestFinished(() => writer.close());
  return writer;
}

/** The file's rows as they lie in it, read by an instance of its own. */
async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  try {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM read_parquet(${sqlText(path)}, hive_partitioning = false)`,
    );
    return reader.getRowObjectsJS();
  } finally {
    close();
  }
}

const nested = (depth: number): unknown => (depth === 0 ? 'bottom' : { deeper: nested(depth - 1) });

it.each<[string, Record<string, unknown>]>([
  ['NUL in the payload', { payload: 'a\0b' }],
  ['NUL in metadata, its keys and its name', { metadata: { name: 'a\0b', 'k\0': '\0' } }],
  ['NUL in the type', { type: 'my\0type' }],
  ['__proto__ and constructor as keys', { metadata: JSON.parse('{"__proto__":{"a":1},"constructor":2}') as unknown }],
  [
    'numbers at the edge',
    { metadata: { a: 1e308, b: -1e308, c: 5e-324, d: 123456789012345680000, e: Number.MAX_SAFE_INTEGER, f: 0.1 } },
  ],
  ['metadata 32 deep', { metadata: { tree: nested(32) } }],
  ['lists 32 deep', { metadata: { list: JSON.parse('['.repeat(32) + ']'.repeat(32)) as unknown } }],
  ['a line of a MiB', { payload: 'x'.repeat(1_048_000) }],
  ['a line of a MiB in escapes', { payload: '\u0001'.repeat(170_000) }],
  ['a line of three MiB', { payload: '\ufffd'.repeat(1_000_000) }],
  ['a MiB of metadata', { metadata: { list: Array.from({ length: 100_000 }, (_, index) => index) } }],
  ['every kind of character', { payload: '\b\f\n\r\t"\\/\u001f\u007f é 😀 \u2028\u2029 \uffff', type: 'тип' }],
  ['a payload that looks like a header', { payload: '{"metlog":1,"logger":"x"}' }],
  ['keys with dots, quotes, spaces and none', { metadata: { 'exception.type': 1, '"': 2, ' ': 3, '': 4, $: 5 } }],
  ['no metadata', { metadata: {} }],
  ['an empty payload and type', { payload: '', type: '' }],
])('keeps %s', async (_, fields) => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const message = JSON.parse(line(fields)) as Record<string, unknown>;
  const { path } = await writer.write(await segment(dir, 0, [header(), line(fields), line()]));
  const [row, next] = await rowsOf(path);
  expect(row).toMatchObject({ type: message['type'], payload: message['payload'], severity: 6, logger: 'shop' });
  expect(JSON.parse(String(row?.['metadata']))).toEqual(message['metadata']);
  expect(next).toMatchObject({ type: 'counter', name: 'login.ok', value: 1 });
});

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['a timestamp that is none', { timestamp: 'yesterday' }, { timestamp: null }],
  ['the year 275760', { timestamp: '+275760-09-13T00:00:00.000Z' }, { timestamp: null }],
  ['a severity that is no number', { severity: 'abc' }, { severity: null }],
  ['a severity beyond any integer', { severity: 1e300 }, { severity: null }],
  ['a counter that is no number', { payload: 'many' }, { value: null, payload: 'many' }],
  ['a counter beyond any number', { payload: '1e400' }, { value: null }],
  ['a gauge that is NaN', { type: 'gauge', payload: 'NaN' }, { value: null }],
  ['a rate that is text', { metadata: { name: 'n', rate: 'often' } }, { name: 'n', rate: null }],
  ['a name that is a number', { metadata: { name: 5 } }, { name: '5' }],
  ['metadata without a name', { metadata: { name: null, exception: null } }, { name: null, fingerprint: null }],
  ['an exception that is text', { metadata: { exception: 'oops' } }, { fingerprint: null, error_type: null }],
])('does not fail for %s', async (_, fields, expected) => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const { path } = await writer.write(await segment(dir, 0, [header(), line(fields)]));
  expect(await rowsOf(path)).toMatchObject([expected]);
});

it('lifts out of the metadata what reports group by', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const exception = { type: 'TypeError', value: 'x is not a function', fingerprint: 'f00d' };
  const lines = [
    header(),
    line({ type: 'timer', payload: '12.25', metadata: { name: 'auth', rate: 0.3 } }),
    line({ type: 'exception', payload: '1', metadata: { exception } }),
  ];
  const rows = await rowsOf((await writer.write(await segment(dir, 0, lines))).path);
  expect(rows).toMatchObject([
    { name: 'auth', value: 12.25, rate: 0.3, fingerprint: null },
    { name: null, value: null, fingerprint: 'f00d', error_type: 'TypeError' },
  ]);
});

it('has the same columns of the same types in every file', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const { path } = await writer.write(await segment(dir, 0, [header(), line()]));
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  onTestFinished(close);
  const reader = await connection.runAndReadAll(
    `DESCRIBE FROM read_parquet(${sqlText(path)}, hive_partitioning = false)`,
  );
  expect(reader.getRowObjectsJS().map((row) => ({ name: row['column_name'], sqlType: row['column_type'] }))).toEqual(
    ARCHIVE_COLUMNS,
  );
});

it('gives each message the header before it, its own logger first, and its number in the sender’s count', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const lines = [
    header({ logger: 'a', hostname: 'h1', pid: 1, sender: 's1', seq: 10, received: `${DAY}T00:00:01.000Z` }),
    line(), line({ logger: 'a.own' }), line(),
    header({ logger: 'old', received: `${DAY}T00:00:02.000Z` }), // an old client: neither sender nor seq
    line(),
    header({ logger: 'empty', sender: 's9', seq: 5 }),
    header({ logger: 'b', sender: 's2', seq: 0, received: `${DAY}T00:00:03.000Z` }),
    line(), line(),
  ]; // prettier-ignore
  const rows = await rowsOf((await writer.write(await segment(dir, 100, lines))).path);
  const seen = rows.map((row) => [
    row['logger'],
    row['hostname'],
    row['pid'],
    row['sender'],
    row['seq'],
    row['received'],
  ]);
  const at = (second: number): Date => new Date(`${DAY}T00:00:0${second}.000Z`);
  expect(seen).toEqual([
    ['a', 'h1', 1n, 's1', 10n, at(1)],
    ['a.own', 'h1', 1n, 's1', 11n, at(1)],
    ['a', 'h1', 1n, 's1', 12n, at(1)],
    ['old', null, null, null, null, at(2)],
    ['b', null, null, 's2', 0n, at(3)],
    ['b', null, null, 's2', 1n, at(3)],
  ]);
});

it('keeps the order of the file over many blocks and vectors', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const lines: string[] = [];
  for (let index = 0; index < 30_000; index++) {
    if (index % 7 === 0) lines.push(header({ sender: `s${index % 5}`, seq: index }));
    lines.push(line({ type: `t${(index * 7919) % 13}`, payload: String(index) }));
  }
  const rows = await rowsOf((await writer.write(await segment(dir, 0, lines))).path);
  const payloads = rows.map((row) => Number(row['payload']));
  expect(payloads).toEqual(Array.from({ length: 30_000 }, (_, index) => index));
  expect(rows.map((row) => Number(row['seq']))).toEqual(payloads);
});

it('replaces a file by its equal when the segment is written again, also after a restart', async () => {
  const dir = await tempDir();
  const one = await segment(dir, 500, [header(), line(), line()]);
  const first = await createArchiveWriter(join(dir, 'archive'));
  const { path } = await first.write(one);
  await first.close();
  const second = await openWriter(dir);
  expect((await second.write(one)).path).toBe(path);
  expect(await listArchive(join(dir, 'archive'))).toMatchObject([
    { path, first: 500, last: 501, dt: DAY, recent: true },
  ]);
});

it('refuses a segment that does not hold what was counted, by name, and leaves no file', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  const one = await segment(dir, 0, [header(), line(), line()]);
  await expect(writer.write({ ...one, count: 3 })).rejects.toThrow(
    `segment ${one.path}: holds 2 messages where the journal counted 3`,
  );
  expect(await listArchive(join(dir, 'archive'))).toEqual([]);
  expect(await readdir(join(dir, 'archive', '_staging'))).toEqual([]);
  await writer.write(one); // and the writer goes on
});

it('names the segment that is missing or is no journal text', async () => {
  const dir = await tempDir();
  const writer = await openWriter(dir);
  await expect(writer.write({ path: join(dir, 'gone.ndjson'), first: 0, count: 1, dt: DAY })).rejects.toThrow(
    'gone.ndjson',
  );
  await writeFile(join(dir, 'odd.ndjson'), 'not json\n');
  await expect(writer.write({ path: join(dir, 'odd.ndjson'), first: 0, count: 1, dt: DAY })).rejects.toMatchObject({
    name: 'SegmentError',
    code: 'bad-segment',
  });
});

it('removes at the start what a crash left in staging', async () => {
  const dir = await tempDir();
  await (await openWriter(dir)).close();
  await writeFile(join(dir, 'archive', '_staging', 'segment-x.parquet'), 'half');
  await openWriter(dir);
  expect(await readdir(join(dir, 'archive', '_staging'))).toEqual([]);
});

it('works in a folder with quotes, spaces and stars in its name', async () => {
  const dir = join(await tempDir(), "it's a [*] {folder}?");
  const writer = await openWriter(dir);
  const one = await segment(dir, 0, [header(), line()]);
  expect(await rowsOf((await writer.write(one)).path)).toHaveLength(1);
});
