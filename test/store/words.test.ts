import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { companionPath } from '../../src/store/merge/companions.ts';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { archiveFileName, dayDir, listAllFiles, listArchive, type ArchiveFile } from '../../src/store/layout.ts';
import { listMessages, type MessageList } from '../../src/store/messages/list-messages.ts';
import { createMerger, type Merger } from '../../src/store/merge/merge.ts';
import type { MetadataCondition } from '../../src/store/messages/message-filter.ts';
import { narrowSearch } from '../../src/store/messages/narrow-search.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { ARCHIVE_COLUMNS } from '../../src/store/schema.ts';
import { createArchiveWriter, type ArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { PART_ROWS, WORDS, wordSql } from '../../src/store/words.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

const NOON = Date.parse(`${DAY}T12:00:00.000Z`);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WINDOW = { fromMs: NOON - 12 * 60 * MINUTE_MS, toMs: NOON + 11 * 60 * MINUTE_MS, logger: undefined };

interface Bench {
  readonly dir: string;
  readonly archive: string;
  readonly writer: ArchiveWriter;
  readonly merger: Merger;
  readonly store: Store;
}

async function open(): Promise<Bench> {
  const dir = await tempDir();
  const archive = join(dir, 'archive');
  const [writer, merger] = [await createArchiveWriter(archive), await createMerger(archive)];
  const store = await openStore(archive);
  onTestFinished(() => Promise.all([writer.close(), merger.close(), store.close()]).then(() => undefined));
  return { dir, archive, writer, merger, store };
}

type Metadata = Readonly<Record<string, unknown>>;

/** Archives messages of these metadata, received at this minute of the day, as a segment that begins at `first`. */
async function write({ dir, writer }: Bench, first: number, all: readonly Metadata[], minute: number): Promise<void> {
  const received = new Date(NOON - 12 * 60 * MINUTE_MS + minute * MINUTE_MS).toISOString();
  const lines = all.map((metadata, index) => line({ type: `t${index % 3}`, payload: String(first + index), metadata }));
  const written = await writer.write(
    await segment(dir, first, [header({ received, sender: 's', seq: first }), ...lines]),
  );
  await utimes(written.path, NOON / 1000, NOON / 1000); // the age of a file is told by its clock, which is the test's here
}

const wordsPath = (archive: string, file: ArchiveFile): string => companionPath(archive, WORDS, file);

async function firstFile(archive: string): Promise<ArchiveFile> {
  const [file] = await listArchive(archive);
  if (file === undefined) throw new Error('nothing is archived');
  return file;
}

/** Finds in an archive as if it had no words. */
const withoutWords = (store: Store): Pick<Store, 'select' | 'wordedFiles'> => ({
  select: store.select,
  wordedFiles: async () => (await store.wordedFiles()).map((file) => ({ ...file, wordsPath: undefined })),
});

const find = (store: Pick<Store, 'select' | 'wordedFiles'>, ...metadata: MetadataCondition[]): Promise<MessageList> =>
  listMessages(store, WINDOW, { filter: { types: [], severity: 7, metadata, text: '' }, limit: 50, before: null });

async function payloadsOf(store: Store, ...metadata: MetadataCondition[]): Promise<readonly string[]> {
  return (await find(store, ...metadata)).messages.map(({ payload }) => payload);
}

/** Writes what DuckDB selects as a file. */
async function writeFileOf(path: string, select: string, format = ''): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { connection, close } = await connectDuckdb({ purpose: 'a test', memoryLimitMiB: 256, threads: 1 });
  await connection.run(`COPY (${select}) TO ${sqlText(path)} (FORMAT parquet${format})`);
  close();
}

it('finds the same with words and without, whatever stands in the metadata, and wherever the messages are', async () => {
  const bench = await open();
  const { archive, merger, store } = bench;
  const values = ['u1', 'u2', 'U1', '1', '1.0', '01', '1e0', '+1', ' 1', 1, 1.5, -0, 0, '-0', '0', 1e21, '1e21', '1e+21', 1e-7, '1e400', 'NaN', true, 'true', false, null, 'null', '', ' ', "it's", 'a"b', '\\', '\u0000', 'a\u0000b', '\n', '😀é', 'e\u0301', '{', '{}', '[1]', [1], { b: 'u1' }, 'x'.repeat(320), 'x'.repeat(321), '😀'.repeat(200), 'a*b']; // prettier-ignore
  const keys = ['a', 'b', 'a.b', '', '0', '/', '*', "it's", '\u0000', 'é'];
  const entry = fc.tuple(
    fc.constantFrom(...keys),
    fc.oneof(fc.constantFrom<unknown>(...values), fc.string(), fc.double()),
  );
  const metadata = fc.array(entry, { maxLength: 4 }).map((entries): Metadata => Object.fromEntries(entries));
  const all = fc.sample(metadata, { numRuns: 720, seed: 7 });
  const part = (index: number): readonly Metadata[] => all.slice(index * 60, index * 60 + 60);
  await write(bench, 0, part(0), 60);
  for (let index = 1; index < 11; index++) {
    await write(bench, index * 60, part(index), index * 60); // the first two become one file
    await merger.run({ before: (index + 1) * 60, now: NOON + 20 * MINUTE_MS });
  }
  const bare = (await listArchive(archive)).at(-1);
  if (bare === undefined) throw new Error('nothing was merged');
  await rm(wordsPath(archive, bare)); // as of a time before there were words
  await write(bench, 660, part(11), 1_300);
  const words = (await store.wordedFiles()).map(({ wordsPath: path }) => path !== undefined);
  expect(words).toEqual([...Array<boolean>(9).fill(true), false, false]);
  expect((await listAllFiles(archive)).length).toBeGreaterThan(words.length); // the others are superseded

  const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const wanted = all.flatMap((one) => Object.entries(one)).map(([key, value]) => ({ key, value: textOf(value) }));
  const condition = fc.oneof(
    fc.constantFrom(...wanted),
    fc.record({ key: fc.constantFrom(...keys), value: fc.constantFrom(...values, '1.50', '*').map(textOf) }),
  );
  let narrowed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 3 }), async (conditions) => {
      if ((await narrowSearch(store, conditions)) !== null) narrowed++;
      expect(await find(store, ...conditions)).toEqual(await find(withoutWords(store), ...conditions));
    }),
    { numRuns: 60 },
  );
  expect(narrowed).toBeGreaterThan(10);
}, 60_000);

it('spells numbers as the archive may, and as nobody else does', async () => {
  const bench = await open();
  const { archive, merger, store } = bench;
  const path = join(dayDir(archive, DAY, false), archiveFileName(0, 7));
  const texts = ['1', '1.0', '10e-1', '"1"', '-0.0', `1${'0'.repeat(300)}`, `0.5${'0'.repeat(400)}`, 'null'];
  const rows = texts.map((text, index) => `(${index}, ${sqlText(`{"a":${text},"a":7}`)})`).join(', ');
  await writeFileOf(path, rowsOf(`(VALUES ${rows}) AS t(i, metadata)`));
  await merger.run({ before: 0, now: NOON });
  expect(existsSync(wordsPath(archive, await firstFile(archive)))).toBe(true);
  for (const value of ['1', '1.0', '0', '-0', '1e+300', '0.5', 'null', '7', '2']) {
    const condition = { key: 'a', value };
    expect([value, await find(store, condition)]).toEqual([value, await find(withoutWords(store), condition)]);
  }
  expect(await payloadsOf(store, { key: 'a', value: '1' })).toEqual(['3', '2', '1', '0']);
});

/** The columns of the archive for the rows of `from`, which have `i` and `metadata`. */
const rowsOf = (from: string): string => {
  const of: Readonly<Record<string, string>> = { received: `TIMESTAMP '${DAY} 03:00:00'`, type: "'log'", logger: "'shop'", severity: '6', payload: 'i', sender: "'s'", seq: 'i', metadata: 'metadata' }; // prettier-ignore
  const columns = ARCHIVE_COLUMNS.map(({ name, sqlType }) => `(${of[name] ?? 'NULL'})::${sqlType} AS ${name}`);
  return `SELECT ${columns.join(', ')} FROM ${from} ORDER BY i`;
};

it('reads the parts of a large file that can hold the value, be they one, neighbours or many', async () => {
  const bench = await open();
  const { archive, merger, store } = bench;
  const last = 14 * PART_ROWS - 1;
  const path = join(dayDir(archive, DAY, false), archiveFileName(0, last));
  const spot = `CASE WHEN i % ${2 * PART_ROWS} = 5 THEN '"many"' WHEN i IN (${PART_ROWS - 1}, ${PART_ROWS}) THEN '"edge"' WHEN i IN (${PART_ROWS}+1, ${9 * PART_ROWS}) THEN '"two"' WHEN i = ${last} THEN '"last"' WHEN i % 3 = 0 THEN '"often"' ELSE '0' END`;
  const from = `(SELECT i, '{"n":' || i || ',"spot":' || (${spot}) || '}' AS metadata FROM range(0, ${last + 1}) AS r(i)) AS t`;
  await writeFileOf(path, rowsOf(from), `, ROW_GROUP_SIZE ${PART_ROWS}`);
  await merger.run({ before: 0, now: NOON });
  const parts = { one: 1, edge: 2, two: 2, last: 1, many: 7, never: 0, often: null };
  for (const [value, count] of Object.entries(parts)) {
    const condition = value === 'one' ? { key: 'n', value: '70000' } : { key: 'spot', value };
    expect([value, (await narrowSearch(store, [condition]))?.partCount ?? null]).toEqual([value, count]);
    expect([value, await find(store, condition)]).toEqual([value, await find(withoutWords(store), condition)]);
  }
  expect(await payloadsOf(store, { key: 'spot', value: 'many' })).toHaveLength(7);
  // Of two keys the parts that hold both, and of two values those that hold either.
  const both = [{ key: 'spot', value: 'two' }, { key: 'n', value: String(PART_ROWS + 1) }]; // prettier-ignore
  expect((await narrowSearch(store, both))?.partCount).toBe(1);
  expect(await payloadsOf(store, ...both)).toEqual([String(PART_ROWS + 1)]);
  const either = [{ key: 'spot', value: 'last' }, { key: 'spot', value: 'edge' }]; // prettier-ignore
  expect((await narrowSearch(store, either))?.partCount).toBe(3);
  expect(await payloadsOf(store, ...either)).toEqual([last, PART_ROWS, PART_ROWS - 1].map(String));
}, 60_000);

it('looks everywhere for what words do not tell: patterns, what dots lead to, objects, and long values', async () => {
  const bench = await open();
  const long = 'x'.repeat(321);
  const metadata = [{ a: 'u1', o: { k: 'in' }, 'd.k': 'on', list: [1, 2], long }];
  await write(bench, 0, metadata, 60);
  await bench.merger.run({ before: 1, now: NOON + 20 * MINUTE_MS });
  for (const [key, value] of [['a', 'u*'], ['o.k', 'in'], ['d.k', 'on'], ['o', '{"k":"in"}'], ['list', '[1,2]'], ['long', long]] as const) {
    expect([key, await narrowSearch(bench.store, [{ key, value }])]).toEqual([key, null]);
    expect([key, await payloadsOf(bench.store, { key, value })]).toEqual([key, ['0']]);
  } // prettier-ignore
  expect((await narrowSearch(bench.store, [{ key: 'a', value: 'u2' }]))?.partCount).toBe(0);
});

it('believes words, but is only slower if they are torn, and if a file goes while it is searched', async () => {
  const bench = await open();
  const { archive, merger, store } = bench;
  for (const first of [0, 1, 2]) {
    await write(bench, first, [{ a: `u${first}` }], 60);
    await merger.run({ before: first + 1, now: NOON + 20 * MINUTE_MS });
  }
  const file = await firstFile(archive);
  const condition = { key: 'a', value: 'u0' };
  const stale = {
    select: store.select,
    wordedFiles: async () => [
      ...(await store.wordedFiles()),
      { ...file, path: join(archive, 'gone'), wordsPath: undefined },
    ],
  };
  expect(await narrowSearch(stale, [condition])).toMatchObject({ partCount: 2 });
  expect((await find(stale, condition)).messages).toHaveLength(1);
  await rm(wordsPath(archive, file));
  await writeFileOf(wordsPath(archive, file), 'SELECT 0::UINTEGER AS word, 0::UINTEGER AS part LIMIT 0');
  expect(await payloadsOf(store, condition)).toEqual([]);
  await writeFile(wordsPath(archive, file), 'PAR1 torn');
  expect(await payloadsOf(store, condition)).toEqual(['0']);
});

it('gives a value the same number for ever, and a number the same however it is spelled', async () => {
  const { store } = await open();
  const numbersOf = async (...texts: string[]): Promise<readonly unknown[]> => {
    const words = texts.map((text, index) => `${wordSql(sqlText(text))} AS "${index}"`);
    const [row = {}] = (await store.select(`SELECT ${words.join(', ')}`)).rows;
    return Object.values(row);
  };
  expect(await numbersOf('u1', '', '1', 'null', '😀', '1e400')).toEqual([
    2441825857, 2550759657, 3313855644, 1686546329, 2037773292, 1768497252,
  ]);
  for (const same of [
    ['1', '1.0', '10e-1', '1E0', '01'],
    ['0', '-0', '-0.0', '0e5'],
    ['1e21', '1e+21', `1${'0'.repeat(21)}`],
  ])
    expect(new Set(await numbersOf(...same)).size).toBe(1);
  expect(new Set(await numbersOf('1', ' 1', '1 ', '+1', '1_0', '0x1', 'Infinity', 'inf', 'nan')).size).toBe(9);
});

it('makes words of every file that has left `_recent`, also where they are missing, and keeps none of files that are gone', async () => {
  const bench = await open();
  const { archive, merger } = bench;
  await write(bench, 0, [{ a: 'u1' }], 60);
  expect(existsSync(join(archive, WORDS.folder))).toBe(false);
  await merger.run({ before: 1, now: NOON + 20 * MINUTE_MS });
  const path = wordsPath(archive, await firstFile(archive));
  expect(existsSync(path)).toBe(true);
  await rm(path);
  await merger.run({ before: 1, now: NOON + 21 * MINUTE_MS });
  expect(existsSync(path)).toBe(true);
  await merger.run({ before: 1, now: NOON + 40 * DAY_MS }); // past their retention
  expect(await readdir(join(archive, WORDS.folder))).toEqual([]);
});
