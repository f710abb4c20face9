import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { connectDuckdb } from '../../src/store/duckdb.ts';
import { openStore } from '../../src/store/query.ts';
import type { Store } from '../../src/store/query.ts';
import { isDeniedFunction } from '../../src/store/sql-gate.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { header, line, segment } from './journal-text.ts';

let root: string;
let archive: string;
let store: Store;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'metlog-gate-'));
  archive = join(root, 'archive');
  await mkdir(archive);
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(archive, 'inside.csv'), 'a\n1\n');
  const writer = await createArchiveWriter(archive);
  await writer.write(
    await segment(root, 0, [
      header(),
      line(),
      line({ type: 'timer', payload: '3' }),
      line({ type: 'log', payload: 'hello' }),
    ]),
  );
  await writer.close();
  store = await openStore(archive);
});

afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

const HOSTILE: readonly string[] = [
  // files, inside the archive and out
  "SELECT * FROM '{root}/secret.txt'",
  "SELECT * FROM '{archive}/inside.csv'",
  "SELECT * FROM read_text('{root}/secret.txt')",
  "SELECT * FROM read_text('{archive}/inside.csv')",
  "SELECT * FROM read_blob('/etc/passwd')",
  "SELECT * FROM read_csv('{archive}/inside.csv')",
  "SELECT * FROM READ_CSV_AUTO('{archive}/../secret.txt')",
  "SELECT * FROM read_json('{root}/secret.txt')",
  "SELECT * FROM read_ndjson_objects('{root}/secret.txt')",
  "SELECT * FROM read_parquet('{archive}/**/*.parquet')",
  "SELECT * FROM parquet_scan('{archive}/**/*.parquet')",
  "SELECT * FROM parquet_metadata('{archive}/**/*.parquet')",
  "SELECT * FROM parquet_kv_metadata('{archive}/**/*.parquet')",
  "SELECT * FROM glob('{root}/*')",
  "SELECT * FROM sniff_csv('{archive}/inside.csv')",
  "SELECT * FROM read_duckdb('x.db')",
  "SELECT (SELECT content FROM read_text('{root}/secret.txt'))",
  "SELECT * FROM messages WHERE payload IN (SELECT content FROM read_text('{root}/secret.txt'))",
  "SELECT * FROM messages, LATERAL (SELECT * FROM read_text('{root}/secret.txt'))",
  "WITH t AS (SELECT * FROM read_text('{root}/secret.txt')) SELECT * FROM t",
  "WITH t AS MATERIALIZED (FROM '{archive}/inside.csv') SELECT * FROM messages",
  "SELECT * FROM messages UNION ALL BY NAME SELECT * FROM '{archive}/inside.csv'",
  "SELECT * FROM messages ORDER BY (SELECT count(*) FROM glob('*'))",
  "SELECT * FROM messages LIMIT (SELECT count(*) FROM glob('*'))",
  "SELECT * FROM messages QUALIFY row_number() OVER (ORDER BY (SELECT count(*) FROM glob('*'))) = 1",
  "SELECT CASE WHEN true THEN (SELECT min(file) FROM glob('*')) END",
  "SELECT list_transform([1], x -> (SELECT count(*) FROM glob('*')))",
  "SELECT count(*) FILTER (WHERE (SELECT count(*) FROM glob('*')) > 0) FROM messages",
  "SELECT sum(value ORDER BY (SELECT count(*) FROM glob('*'))) FROM messages",
  "SELECT DISTINCT ON ((SELECT count(*) FROM glob('*'))) * FROM messages",
  "SELECT * REPLACE ((SELECT count(*) FROM glob('*')) AS type) FROM messages",
  "SELECT type FROM messages GROUP BY type HAVING (SELECT count(*) FROM glob('*')) > 0",
  "SELECT * FROM unnest((SELECT list(file) FROM glob('*')))",
  "SELECT * FROM range((SELECT count(*) FROM glob('*')))",
  "VALUES ((SELECT count(*) FROM glob('*')))",
  "FROM (PIVOT (FROM glob('*')) ON file IN ('a') USING count(*))",
  "SELECT * FROM messages AT (VERSION => (SELECT count(*) FROM glob('*')))",
  // writing
  "COPY messages TO '{archive}/out.parquet'",
  "COPY (SELECT 1) TO '{root}/out.csv'",
  "EXPLAIN ANALYZE COPY (SELECT 1) TO '{archive}/out.csv'",
  'EXPLAIN SELECT 1',
  "EXPORT DATABASE '{root}/out'",
  'CREATE TABLE t (a INTEGER)',
  'CREATE TEMP TABLE t AS SELECT 1',
  'CREATE OR REPLACE VIEW messages AS SELECT 1',
  'CREATE MACRO f(x) AS x',
  'DROP VIEW messages',
  'ALTER VIEW messages RENAME TO m',
  'INSERT INTO messages VALUES (1)',
  'UPDATE messages SET type = 1',
  'DELETE FROM messages',
  'WITH d AS (DELETE FROM messages RETURNING *) SELECT * FROM d',
  // the instance
  "ATTACH ':memory:' AS other",
  "ATTACH '{root}/x.db'",
  'INSTALL httpfs',
  'LOAD httpfs',
  "SET memory_limit = '100GB'",
  'SET enable_external_access = true',
  'RESET lock_configuration',
  'PRAGMA database_list',
  'PRAGMA enable_profiling',
  'CALL enable_logging()',
  "CALL pragma_version()",
  'CHECKPOINT',
  'FORCE CHECKPOINT',
  'VACUUM',
  'USE main',
  'BEGIN',
  'PREPARE p AS SELECT 1',
  'EXECUTE p',
  'DEALLOCATE p',
  'SET VARIABLE x = 1',
  "SELECT getvariable('x')",
  'SHOW TABLES',
  'SHOW ALL TABLES',
  'SHOW DATABASES',
  'SELECT * FROM (SHOW TABLES)',
  'DESCRIBE duckdb_settings',
  "DESCRIBE SELECT * FROM read_text('{root}/secret.txt')",
  "SUMMARIZE FROM read_csv('{archive}/inside.csv')",
  'SELECT * FROM duckdb_settings()',
  'SELECT * FROM duckdb_views()',
  'SELECT * FROM duckdb_views',
  'SELECT * FROM duckdb_secrets()',
  'SELECT * FROM duckdb_logs',
  'SELECT * FROM information_schema.tables',
  'SELECT * FROM pg_catalog.pg_tables',
  'SELECT * FROM pg_tables',
  'SELECT * FROM sqlite_master',
  'SELECT * FROM main.messages',
  'SELECT * FROM memory.main.messages',
  'SELECT * FROM system.main.duckdb_settings()',
  'SELECT * FROM pragma_table_info(\'messages\')',
  'SELECT * FROM pragma_user_agent()',
  'SELECT * FROM test_all_types()',
  "SELECT current_setting('allowed_directories')",
  "SELECT system.main.current_setting('allowed_directories')",
  "SELECT \"current_setting\"('allowed_directories')",
  "SELECT CURRENT_SETTING('allowed_directories')",
  "SELECT 'allowed_directories'.current_setting()",
  "SELECT getenv('HOME')",
  "SELECT list_transform(['allowed_directories'], x -> current_setting(x))",
  "SELECT list_aggregate(['a'], 'current_setting')",
  "SELECT write_log('x')",
  "SELECT nextval('s')",
  'SELECT sleep_ms(10000)',
  'SELECT pg_sleep(10)',
  // SQL in text
  "SELECT * FROM query('SELECT 1')",
  "SELECT * FROM query_table('messages')",
  "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
  "SELECT json_serialize_plan('SELECT * FROM read_text(''/etc/passwd'')')",
  "SELECT json_serialize_sql('SELECT 1')",
  "SELECT * FROM sql_auto_complete('SEL')",
  // names that hide others
  'WITH messages AS (SELECT * FROM duckdb_settings()) SELECT * FROM messages',
  'SELECT * FROM (WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings), duckdb_settings',
  'SELECT (WITH pg_tables AS (SELECT 1) SELECT 1 FROM pg_tables), (SELECT count(*) FROM pg_tables)',
  'WITH pg_tables AS (SELECT * FROM pg_tables) SELECT * FROM pg_tables',
  'WITH a AS (SELECT * FROM pg_tables), pg_tables AS (SELECT 1) SELECT * FROM a',
  'WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT count(*) FROM pg_views) SELECT * FROM a',
  'SELECT * FROM "pg_tables"',
  'SELECT * FROM messages m, m.pg_tables',
  // several, none, broken
  'SELECT 1; SELECT 2',
  "SELECT 1; COPY (SELECT 1) TO '{archive}/out.csv'",
  "SELECT 1 --\n; COPY (SELECT 1) TO '{archive}/out.csv'",
  '',
  '   ;  ',
  '-- nothing',
  'SELECT $1',
  'SELECT ?',
  'SELECT $name',
  'SELECT 1\0',
]; // prettier-ignore

it.each(HOSTILE.map((sql) => [sql.replace(/\s+/g, ' ').slice(0, 90), sql]))('refuses %s', async (_, sql) => {
  const before = tree(root);
  const asked = store.query(sql.replaceAll('{root}', root).replaceAll('{archive}', archive));
  const error: unknown = await asked.then(() => 'answered', (reason: unknown) => reason); // prettier-ignore
  expect(error).toMatchObject({ name: 'QueryError', code: expect.stringMatching(/^(refused|syntax)$/) as string });
  expect((error as Error).message).toMatch(/^[^\n]{5,400}$/);
  expect(tree(root)).toEqual(before);
});

it.each([
  ['parentheses', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
  ['subqueries', `SELECT ${'(SELECT '.repeat(150)}1${')'.repeat(150)}`],
  ['operators', `SELECT 1${' + 1'.repeat(900)}`],
  ['a long sum', `SELECT 1${' + 1'.repeat(15_000)}`],
  ['lists', `SELECT ${'['.repeat(900)}${']'.repeat(900)}`],
  ['types', `SELECT NULL::${'STRUCT(a '.repeat(500)}INT${')'.repeat(500)}`],
  ['too many characters', `SELECT ${'1, '.repeat(40_000)} 1`],
])('refuses what is nested or long beyond reason: %s', async (_, sql) => {
  await expect(store.query(sql)).rejects.toMatchObject({
    name: 'QueryError',
    code: expect.stringMatching(/^(refused|syntax)$/) as string,
  });
});

it.each([
  'SELECT len(range(80000000))',
  'SELECT len(range(n)) FROM (SELECT count(*) AS n FROM messages)',
  'SELECT unnest(generate_series(1, 80000000))',
  'SELECT * FROM unnest(RANGE(80000000))',
  'SELECT * FROM range(len(range(80000000)))',
  'SELECT (SELECT main.range(80000000))',
  'SELECT generate_subscripts([1], 1)',
  "SELECT length(repeat('abcdefghij', 60000000))",
  "SELECT repeat('x', value::INTEGER) FROM messages",
  "SELECT repeat('x', 500 + 501)",
  "SELECT repeat(repeat('x', 1000), 1000)",
  'SELECT repeat(payload, 1000) FROM messages',
  "SELECT lpad('', 600000000, 'x')",
  "SELECT rpad('', 1001, 'x')",
  "SELECT md5(repeat('x', 500000000))",
  "SELECT list_aggregate(range(20000000), 'string_agg')",
  'SELECT list_aggregate([1], payload) FROM messages',
  "SELECT list_aggregate([1], 'bitstring_agg', 0, 100000000)",
  "SELECT list_aggregate(['1'], 'approx_top_k', 900000)",
  'SELECT approx_top_k(payload, 900000) FROM messages',
  'SELECT list_resize([1], 20000000)',
  'SELECT list_reduce([payload, payload], (a, b) -> a || a || b) FROM messages',
  'SELECT list_transform([payload], x -> list_transform([x], y -> repeat(y, 700))) FROM messages',
  "SELECT bitstring('01', 100000000)",
  'SELECT equi_width_bins(0, 1000000, 900000, true)',
  'SELECT levenshtein(payload, payload) FROM messages',
  "SELECT printf('%100000d', 1)",
  "SELECT printf('%*d', 100000, 1)",
  "SELECT printf('%-*d', 100000, 1)",
  "SELECT format('{:>100000}', 1)",
  "SELECT format('{:{}}', 1, 100000)",
  "SELECT format('{{}}{0:{1}}', 1, 100000)",
  'SELECT format(payload, 1) FROM messages',
  `SELECT replace(replace(payload, 'a', '${'b'.repeat(500)}'), 'b', '${'c'.repeat(500)}') FROM messages`,
  "SELECT replace(payload, 'a', payload) FROM messages",
  `SELECT regexp_replace(payload, '', '${'b'.repeat(1000)}', 'g') FROM messages`,
  `SELECT array_to_string([payload], '${','.repeat(1000)}') FROM messages`,
  `SELECT concat(${'payload, '.repeat(700)} payload) FROM messages`,
  `SELECT [${'payload, '.repeat(700)} payload] FROM messages`,
  `SELECT count(*) FROM messages WHERE length(concat(${'payload, '.repeat(700)} payload)) > 0`,
  `SELECT count(*) FILTER (WHERE length(concat(${'payload, '.repeat(700)} payload)) > 0) OVER () FROM messages`,
  `SELECT row_number() OVER (PARTITION BY concat(${'payload, '.repeat(700)} payload)) FROM messages`,
  `SELECT type FROM messages ORDER BY concat(${'payload, '.repeat(700)} payload)`,
  'SELECT payload || payload AS a, a || a AS b, b || b AS c, c || c AS d, d || d AS e, e || e AS f, f || f AS g, g || g AS h, h || h AS i, i || i AS j FROM messages',
  `SELECT ${'bin('.repeat(5)}payload${')'.repeat(5)} FROM messages`,
  `SELECT ${'to_json('.repeat(6)}payload${')'.repeat(6)} FROM messages`,
])('refuses what makes much from little: %s', async (sql) => {
  await expect(store.query(sql)).rejects.toMatchObject({ name: 'QueryError', code: 'refused' });
}); // prettier-ignore

it('still answers after all of that', async () => {
  expect((await store.query('SELECT count(*) AS n FROM messages')).rows).toEqual([{ n: 3 }]);
});

it.each([
  'SELECT 1',
  'SELECT 1;',
  '  select TYPE, count(*) from Messages group by all order by 2 desc limit 3 -- by type',
  'FROM messages',
  'TABLE messages',
  'VALUES (1), (2)',
  'DESCRIBE messages',
  'SUMMARIZE messages',
  'DESCRIBE SELECT type FROM messages',
  'WITH m AS (SELECT * FROM messages), n AS (SELECT * FROM m) SELECT * FROM n JOIN m USING (seq)',
  'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 5) SELECT * FROM r',
  'WITH RECURSIVE r(i) USING KEY (i) AS (SELECT 1 UNION SELECT i + 1 FROM r WHERE i < 5) SELECT * FROM r',
  'SELECT * FROM (SELECT * FROM (WITH x AS (SELECT 1 AS a) SELECT * FROM x))',
  "SELECT time_bucket(INTERVAL '1 minute', timestamp) AS minute, quantile_cont(ms, [0.5, 0.99]) FROM timers GROUP BY ALL",
  "SELECT metadata->>'$.name', metadata.name, json_extract(metadata, '$.rate') FROM counters",
  'SELECT name, sum(value) OVER (PARTITION BY name ORDER BY timestamp ROWS 3 PRECEDING) FROM counters',
  'SELECT name, rank() OVER w FROM timers WINDOW w AS (ORDER BY ms DESC) QUALIFY rank() OVER w < 3',
  'SELECT * FROM messages TABLESAMPLE 50%',
  "FROM (PIVOT messages ON type IN ('counter', 'timer') USING count(*))",
  'FROM (UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b)',
  'SELECT * FROM messages a ASOF JOIN messages b ON a.timestamp >= b.timestamp',
  'SELECT unnest([1, 2]), x FROM range(3) t(x)',
  "SELECT * FROM generate_series(TIMESTAMP '2026-11-22', TIMESTAMP '2026-11-23', INTERVAL '1 hour')",
  'SELECT e.key, e.value FROM messages, json_each(metadata) e',
  'SELECT * EXCLUDE (metadata) RENAME (type AS kind), COLUMNS(c -> c LIKE \'%name\') FROM messages',
  "SELECT list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, map {'k': 1}['k'], ('x').upper()",
  'SELECT CAST(payload AS DECIMAL(10, 2)) FROM messages WHERE type = \'counter\'',
  "SELECT 'current_setting', 'read_text(''x'')', '; DROP VIEW messages'",
  'SELECT count(*) FROM messages WHERE EXISTS (SELECT 1 FROM logs WHERE logs.logger = messages.logger)',
  'SELECT * FROM counters UNION BY NAME SELECT * FROM gauges ORDER BY ALL LIMIT 5',
  "SELECT now(), current_date, timezone('Europe/Zurich', timestamp), strftime(timestamp, '%H:%M') FROM messages",
  'SELECT * FROM exceptions POSITIONAL JOIN logs',
  "SELECT repeat('x', 1000), lpad(payload, 10, '0'), rpad(payload, 40, ' '), bar(value, 0, 10, 20) FROM counters, logs",
  "SELECT replace(payload, 'a', 'bc'), regexp_replace(payload, '[0-9]+', '<n>', 'g'), translate(payload, 'a', 'b') FROM logs",
  "SELECT format('{:,} of {:>10.2f} {{}}', 1, 2.5), printf('%5.2f%% %s', 2.5, 'x')",
  "SELECT concat_ws(', ', type, logger, payload), array_to_string([type, logger], ', '), string_agg(type, ', ') FROM messages GROUP BY ALL",
  "SELECT list_aggregate([1, 2], 'sum'), list_sum([1, 2]), list_filter([1, 2], x -> x > 1), [x * 2 for x in [1, 2] if x > 1]",
  "SELECT string_split(payload, ' ')[1], regexp_extract_all(payload, '[a-z]+'), strftime(timestamp, '%Y-%m-%dT%H:%M:%S') FROM messages",
  "SELECT to_json({'a': payload, 'b': metadata}), json_object('a', type), hex(payload) FROM messages",
  `SELECT count(*) FROM messages WHERE seq IN (${Array.from({ length: 5000 }, (_, index) => index).join(', ')})`,
  'SELECT type || logger AS a, a || payload AS b, length(b) FROM messages ORDER BY a || b',
  "SELECT approx_top_k(payload, 10), histogram(type), mode(type), count(DISTINCT logger) FROM messages",
])('answers %s', async (sql) => {
  expect((await store.query(sql)).columns.length).toBeGreaterThan(0);
}); // prettier-ignore

/** By their names they might reach files, settings, the process or text that is run; each was looked at, and only tells of its arguments. */
const HARMLESS: readonly string[] = [
  'contains', 'current_query_id', 'st_setcrs', 'ends_with', 'fsum', 'parse_filename', 'regexp_escape', 'like_escape', 'ilike_escape', 'not_ilike_escape',
  'pg_conf_load_time',
  'not_like_escape', 'pg_conf_load_time', 'set_bit', 'has_any_column_privilege',
]; // prettier-ignore

it('denies every function of this DuckDB whose name sounds as if it reached out', async () => {
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 64, threads: 1 });
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro')
     AND regexp_matches(function_name, 'read_|file|write|env|setting|secret|copy|load|log_|_log|exec|glob|http|sleep|variable|query|serialize|nextval|currval|^set_|setseed|attach')`,
  );
  close();
  const names = reader.getColumnsJson()[0]?.map((name) => JSON.stringify(name).slice(1, -1)) ?? [];
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !isDeniedFunction(name) && !HARMLESS.includes(name))).toEqual([]);
});

const tree = (dir: string): string[] =>
  existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String).sort() : [];
