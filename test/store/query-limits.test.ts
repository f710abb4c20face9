import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/query.ts';
import type { Store, StoreOptions } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { header, line, segment, tempDir } from './journal-text.ts';

async function openEmpty(options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(await tempDir(), options);
  onTestFinished(() => store.close());
  return store;
}

it('stops a query at its time limit, says so, and answers the next', async () => {
  const store = await openEmpty();
  const endless = store.query('SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = -1', {
    timeoutMs: 50,
  });
  await expect(endless).rejects.toMatchObject({ code: 'timeout', message: 'the query was stopped after 50 ms' });
  expect((await store.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('stops a query that streams rows without end', async () => {
  const store = await openEmpty();
  const endless = store.query('SELECT * FROM range(100000000000) t(i) WHERE i < 0', { timeoutMs: 50 });
  await expect(endless).rejects.toMatchObject({ code: 'timeout' });
});

it('stops a query that nobody waits for any more, also one whose turn has not come, and answers the next', async () => {
  const store = await openEmpty();
  const given = new AbortController();
  const sql = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = -1';
  const ask = (): Promise<unknown> => store.query(sql, { signal: given.signal });
  const running = ask();
  await store.query('SELECT 1'); // it has begun
  // Two run at a time; the others wait.
  const asked = Promise.allSettled([running, ask(), ask(), ask()]);
  given.abort();
  const interrupted = { status: 'rejected', reason: { code: 'aborted', message: 'the query was interrupted' } };
  expect(await asked).toMatchObject(Array.from({ length: 4 }, () => interrupted));
  expect((await store.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('tells how much of the archive a query has read, from above 0 to 1', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const lines = Array.from({ length: 2_000 }, (_, index) => line({ type: 'log', payload: `message ${index}` }));
  for (let part = 0; part < 4; part++)
    await writer.write(await segment(dir, part * lines.length, [header(), ...lines]));
  await writer.close();
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => store.close());
  const ratios: number[] = [];
  // It would take minutes; it ends as soon as something was told.
  const told = new AbortController();
  const slow = store.query('SELECT count(*) FROM messages, range(20000000) r WHERE hash(r.range, seq) = 1', {
    timeoutMs: 30_000,
    signal: told.signal,
    onProgress: (ratio) => {
      ratios.push(ratio);
      told.abort();
    },
  }); // prettier-ignore
  await expect(slow).rejects.toMatchObject({ code: 'aborted' });
  expect(ratios[0]).toBeGreaterThan(0);
  expect(ratios[0]).toBeLessThanOrEqual(1);
});

it('refuses what needs more memory than there is, in one clear line, and answers the next', async () => {
  const store = await openEmpty({ memoryLimitMiB: 32 });
  const greedy = store.query('SELECT list(i) FROM (SELECT i, hash(i) AS h FROM range(30000000) t(i) ORDER BY h)');
  await expect(greedy).rejects.toMatchObject({ code: 'memory', message: expect.stringMatching(/^[^\n]+$/) as string });
  expect((await store.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('stops a recursive query that doubles a text in each round', async () => {
  const store = await openEmpty({ memoryLimitMiB: 32 });
  const doubling = `WITH RECURSIVE t(s, n) AS (SELECT 'xxxxxxxx', 0 UNION ALL SELECT s || s, n + 1 FROM t WHERE n < 40) SELECT max(length(s)) FROM t`;
  await expect(store.query(doubling)).rejects.toMatchObject({ code: 'memory' });
});

it('gives at most maxRows rows and says that there were more', async () => {
  const store = await openEmpty();
  expect(await store.query('SELECT * FROM range(100) t(i)', { maxRows: 3 })).toMatchObject({
    rows: [{ i: 0 }, { i: 1 }, { i: 2 }],
    truncated: true,
  });
  expect(await store.query('SELECT * FROM range(3) t(i)', { maxRows: 3 })).toMatchObject({ truncated: false });
  expect((await store.query('SELECT * FROM range(100000) t(i)')).rows).toHaveLength(10_000);
});

it('leaves out rows past what fits into an answer', async () => {
  const store = await openEmpty();
  const { rows, truncated } = await store.query(`SELECT '${'x'.repeat(60_000)}' AS text FROM range(2000)`);
  expect(truncated).toBe(true);
  expect(rows.length).toBeLessThan(600);
});

it('makes every kind of value fit for JSON', async () => {
  const store = await openEmpty();
  const { rows, columns } =
    await store.query(`SELECT 9007199254740991::BIGINT AS safe, 9007199254740993::BIGINT AS big, 1::HUGEINT AS small,
    170141183460469231731687303715884105727::HUGEINT AS huge, 1.25::DECIMAL(5, 2) AS price, 'NaN'::DOUBLE AS nan, 'inf'::DOUBLE AS infinite,
    TIMESTAMP '2026-11-22 10:00:00.123456' AS at, TIMESTAMPTZ '2026-11-22 10:00:00+02' AS zoned, DATE '2026-11-22' AS day, 'infinity'::TIMESTAMP AS never,
    '{"a":[1,null]}'::JSON AS json, [1, NULL]::INTEGER[] AS list, {'a': {'b': 1::BIGINT}} AS struct, map {'k': [1.5]} AS map, '\\xFF'::BLOB AS bytes,
    ['{"x":1}'::JSON] AS jsons, NULL AS nothing, true AS yes, INTERVAL 90 MINUTE AS span, 1 AS "__proto__", 1 AS a, 2 AS a`);
  expect(JSON.parse(JSON.stringify(rows))).toEqual([
    JSON.parse(`{"safe":9007199254740991,"big":"9007199254740993","small":1,"huge":"170141183460469231731687303715884105727","price":1.25,"nan":null,
      "infinite":null,"at":"2026-11-22T10:00:00.123Z","zoned":"2026-11-22T08:00:00.000Z","day":"2026-11-22","never":null,"json":{"a":[1,null]},
      "list":[1,null],"struct":{"a":{"b":1}},"map":{"k":[1.5]},"bytes":"/w==","jsons":[{"x":1}],"nothing":null,"yes":true,"span":"01:30:00",
      "__proto__":1,"a":1,"a:1":2}`),
  ]);
  expect(columns.find(({ name }) => name === 'json')).toEqual({ name: 'json', type: 'JSON' });
});

it.each([
  ['SELEC 1', 'syntax'],
  ['SELECT nothing FROM messages', 'syntax'],
  ['SELECT no_such_function(1)', 'syntax'],
  ['SELECT 1 +', 'syntax'],
  ["SELECT 'x'::INTEGER", 'unfit'],
  ["SELECT error('told so')", 'unfit'],
  ['SELECT 9223372036854775807 + 1', 'unfit'],
])('says in one line what is wrong with %s', async (sql, code) => {
  const store = await openEmpty();
  await expect(store.query(sql)).rejects.toMatchObject({
    name: 'QueryError',
    code,
    message: expect.stringMatching(/^[^\n]+$/) as string,
  });
});

it('binds what our own code asks with', async () => {
  const store = await openEmpty();
  expect((await store.select('SELECT $1 AS a, $2::INTEGER AS b, $3 AS c', ["it's", 2, null])).rows).toEqual([
    { a: "it's", b: 2, c: null },
  ]);
});

it('cannot be told to read beside the archive, not even by our own code', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'secret.txt'), 'secret');
  const store = await openStore(join(dir, 'archive'));
  onTestFinished(() => store.close());
  await expect(store.select(`SELECT * FROM read_text('${dir}/secret.txt')`)).rejects.toMatchObject({ code: 'failed' });
  await expect(store.select(`SELECT * FROM read_text('${dir}/archive/../secret.txt')`)).rejects.toMatchObject({
    code: 'failed',
  });
  await expect(store.select('SET enable_external_access = true')).rejects.toMatchObject({ name: 'QueryError' });
});

it('refuses queries once it is closed, and stops those that run', async () => {
  const store = await openEmpty();
  const running = store.query('SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = -1');
  const settled = running.then(() => 'answered', (error: unknown) => error); // prettier-ignore
  await store.query('SELECT 1');
  await store.close();
  await store.close();
  expect(await settled).toMatchObject({ name: 'QueryError' });
  await expect(store.query('SELECT 1')).rejects.toMatchObject({ code: 'failed', message: 'the store is closed' });
});

it('shows each type’s view with its own columns', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  onTestFinished(() => writer.close());
  const exception = { type: 'TypeError', value: 'no', fingerprint: 'f', handled: true };
  await writer.write(
    await segment(dir, 0, [
      header(),
      line({ payload: '2', metadata: { name: 'c', rate: 0.5 } }),
      line({ type: 'timer', payload: '7.5', metadata: { name: 't', error: true } }),
      line({ type: 'gauge', payload: '17', metadata: { name: 'g' } }),
      line({ type: 'log', payload: 'hello', severity: 4, metadata: {} }),
      line({ type: 'exception', payload: 'at x', severity: 3, metadata: { exception } }),
    ]),
  );
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  const only = async (sql: string): Promise<unknown> => (await store.query(sql)).rows;
  expect(await only('SELECT name, value, rate, estimated FROM counters')).toEqual([
    { name: 'c', value: 2, rate: 0.5, estimated: 4 },
  ]);
  expect(await only('SELECT name, ms, rate, failed FROM timers')).toEqual([
    { name: 't', ms: 7.5, rate: null, failed: true },
  ]);
  expect(await only('SELECT name, value FROM gauges')).toEqual([{ name: 'g', value: 17 }]);
  expect(await only('SELECT severity, payload, metadata FROM logs')).toEqual([
    { severity: 4, payload: 'hello', metadata: {} },
  ]);
  expect(await only('SELECT error_type, error_value, fingerprint, handled, payload FROM exceptions')).toEqual([
    { error_type: 'TypeError', error_value: 'no', fingerprint: 'f', handled: true, payload: 'at x' },
  ]);
});
