import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuery } from '../../src/report/query-route.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { aMessage, archive } from './temp-archive.ts';

let dataDir: string;
let store: Store;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'metlog-abuse-'));
  store = await openStore(await archive(dataDir, [aMessage(), aMessage({ type: 'log', payload: 'hello' })]));
});

afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Answered {
  readonly status: number;
  readonly body: { readonly error?: string; readonly rows?: readonly unknown[]; readonly truncated?: boolean };
}

async function ask(sql: string, timeoutMs: number): Promise<Answered> {
  const request = new Request('http://127.0.0.1/api/query', { method: 'POST', body: JSON.stringify({ sql, timeoutMs }) }); // prettier-ignore
  const response = await answerQuery(request, store);
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

const files = async (): Promise<readonly string[]> => (await readdir(dataDir, { recursive: true })).sort();

const NO_SELECT = 'only SELECT may be run';
const NO_VIEW = (name: string): string =>
  `${JSON.stringify(name)} is none of the views messages, counters, timers, gauges, logs, exceptions`;

describe('SQL that may not run is refused in a plain sentence, leaves nothing behind, and the next query works', () => {
  it.each<[string, string]>([
    // writes
    ["COPY (SELECT 1) TO '{dir}/out.csv'", NO_SELECT],
    ["EXPLAIN ANALYZE COPY (SELECT 1) TO '{dir}/out.csv'", NO_SELECT],
    ["EXPORT DATABASE '{dir}/out'", NO_SELECT],
    ["SELECT 1 /* ; */ -- x\n; /* */ COPY (SELECT 1) TO '{dir}/out.csv'", NO_SELECT],
    ['SELECT 1; SELECT 2', 'exactly one statement may be run at a time'],
    ['CREATE TABLE t AS SELECT 1', NO_SELECT],
    ['MERGE INTO messages USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE', NO_SELECT],
    // reads files, or the network
    ["FROM '{dir}/archive/x.parquet'", NO_VIEW('{dir}/archive/x.parquet')],
    ["FROM 'https://example.com/a.parquet'", NO_VIEW('https://example.com/a.parquet')],
    ["FROM 's3://bucket/a.parquet'", NO_VIEW('s3://bucket/a.parquet')],
    ["SELECT * FROM read_text('/etc/passwd')", 'the table function read_text may not be used'],
    ["SELECT * FROM read_text(['/etc/passwd'])", 'the table function read_text may not be used'],
    ["SELECT * FROM glob('/*')", 'the table function glob may not be used'],
    // loads extensions, opens others
    ['INSTALL httpfs', NO_SELECT],
    ["LOAD '{dir}/x.duckdb_extension'", NO_SELECT],
    ["ATTACH '{dir}/x.db'", NO_SELECT],
    ["ATTACH 'postgres:dbname=x' AS p (TYPE postgres)", NO_SELECT],
    // tells of the process
    ["SELECT getenv('HOME')", 'the function getenv may not be used'],
    ["SELECT current_setting('allowed_directories')", 'the function current_setting may not be used'],
    ['SELECT * FROM duckdb_settings()', 'the table function duckdb_settings may not be used'],
    ['SELECT * FROM (SELECT 1) t, duckdb_settings() s', 'the table function duckdb_settings may not be used'],
    ['DESCRIBE TABLE duckdb_settings', NO_VIEW('duckdb_settings')],
    // SQL in text, and what is rewritten to another statement
    ["SELECT * FROM query('SELECT 1')", 'the table function query may not be used'],
    ["SELECT * FROM query_table(['messages', 'logs'])", 'the table function query_table may not be used'],
    ['PIVOT messages ON type USING count(*)', NO_SELECT],
    // makes much of one row
    ["SELECT length(repeat('x', 1000000000))", 'repeat may only be used with a number of at most 1000'],
    ['SELECT list_transform([1, 2], x -> range(100000000))', 'the function range may only be used as a table, after FROM'],
    ['SELECT bitstring_agg(i, 0, 1000000000) FROM range(10) t(i)', 'the function bitstring_agg may not be used'],
  ])('%s', async (sql, error) => {
    const before = await files();
    const inDir = (text: string): string => text.replaceAll('{dir}', dataDir);
    expect(await ask(inDir(sql), 5_000)).toMatchObject({ status: 400, body: { error: inDir(error) } });
    expect(await files()).toEqual(before);
    expect(await ask('SELECT count(*) AS n FROM messages', 5_000)).toMatchObject({ status: 200, body: { rows: [{ n: 2 }] } });
  }); // prettier-ignore
});

/** Which of the two comes first depends on the machine. */
const CUT_OFF =
  /^(?:the query was stopped after 300 ms|the query was stopped, as the process had grown too large meanwhile|the query needs more memory than it may take; ask for fewer rows, or group by less)$/;

describe('SQL that never ends or eats memory is cut off with a plain sentence, and the next query works', () => {
  it.each([
    'WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t',
    'WITH RECURSIVE t(i) AS (SELECT 1 UNION SELECT i + 1 FROM t) SELECT max(i) FROM t',
    'WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t, range(2)) SELECT count(*) FROM t',
    'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c WHERE a.range = b.range + c.range * 7.5',
    'SELECT count(*) FROM messages a, range(1000000000000) b WHERE hash(a.seq, b.range) = 1',
    'SELECT count(*) FROM generate_series(1, 9223372036854775807)',
    "SELECT count(*) FROM range(TIMESTAMP '1000-01-01', TIMESTAMP '9999-01-01', INTERVAL '1 microsecond')",
    'SELECT count(*) FROM range(1000000) a, LATERAL (SELECT * FROM range(a.range)) b',
    'SELECT count(*) FROM range(1000000000) a POSITIONAL JOIN range(1000000000) b',
    'SELECT * FROM range(1000000000) t(i) ORDER BY hash(i)',
    'SELECT i, count(*) FROM range(1000000000) t(i) GROUP BY i',
    'SELECT count(DISTINCT hash(i)) FROM range(1000000000) t(i)',
    'SELECT sum(i) OVER (ORDER BY hash(i)) FROM range(1000000000) t(i)',
    'SELECT list(i) FROM range(1000000000) t(i)',
    "SELECT length(string_agg(i::VARCHAR, ',')) FROM range(1000000000) t(i)",
    'SELECT json_group_array(i) FROM range(1000000000) t(i)',
    'SELECT quantile_cont(i, 0.5) FROM range(1000000000) t(i)',
    'SELECT * FROM range(1000000000) USING SAMPLE 100000000 ROWS',
    'SUMMARIZE SELECT * FROM range(1000000000)',
  ])('%s', async (sql) => {
    const { status, body } = await ask(sql, 300);
    expect(body.error).toMatch(CUT_OFF);
    expect([408, 422]).toContain(status);
    expect(await ask('SELECT count(*) AS n FROM messages', 5_000)).toMatchObject({ status: 200, body: { rows: [{ n: 2 }] } });
  }); // prettier-ignore
});

it.each([
  'SELECT * FROM range(1000000000)',
  'SELECT unnest([1, 2, 3]), unnest([1, 2, 3]) FROM range(1000000000)',
  'SELECT m.* FROM messages m, range(1000000000)',
])('gives of a billion rows as many as fit into an answer, and says so: %s', async (sql) => {
  const { status, body } = await ask(sql, 5_000);
  expect({ status, truncated: body.truncated, count: body.rows?.length }).toEqual({ status: 200, truncated: true, count: 10_000 }); // prettier-ignore
});
