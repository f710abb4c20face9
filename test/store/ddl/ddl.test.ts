import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DDL_ENGINES, ddlText, type DdlEngine } from '../../../src/store/ddl/ddl.ts';
import { openStore } from '../../../src/store/query.ts';
import { registeredTypes } from '../../../src/store/types/registered-types.ts';
import { configure, EMPTY_BOOK } from '../../../src/store/types/type-book.ts';
import { DAYS, HOSTILE_KEY, HOSTILE_TYPE, ORDER_COLUMNS, SENT, TYPES, writeEngineArchive } from './engine-archive.ts';

const REGISTERED = registeredTypes(configure(EMPTY_BOOK, TYPES));

const textFor = (engine: DdlEngine, location = '/archive', days?: readonly string[]): string =>
  ddlText(engine, REGISTERED, { location, days });

/** A DuckDB that has run what is printed for it, twice. */
async function duckdbWith(
  location: string,
): Promise<(sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.disconnectSync();
    instance.closeSync();
  });
  const text = textFor('duckdb', location);
  await connection.run(text + text);
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

describe.each(DDL_ENGINES)('ddlText for %s', (engine) => {
  it('has one statement for the table, and one for each view', () => {
    const created = [...textFor(engine).matchAll(/^CREATE (OR REPLACE VIEW|EXTERNAL TABLE|TABLE) \S.*$/gm)];
    expect(created).toHaveLength(1 + 5 + REGISTERED.length);
  });

  it('holds nothing of a type or a key that a client or a terminal would act on', () => {
    const text = textFor(engine, `/a'b"; DROP TABLE logs; -- \${env:HOME} \u001b[2J\\`);
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
    const withoutTexts = text.replace(/'(?:[^']|'')*'/g, "''").replace(/^--.*$/gm, '');
    expect(withoutTexts).not.toMatch(/DROP (?:TABLE|VIEW) (?!logs_)|--|\$\{|\\/i);
    expect(withoutTexts.split(/;\n/)).toHaveLength(text.split(/;\n/).length);
  });

  it('has comments that no client takes for more', () => {
    const comments = textFor(engine).match(/^--.*$/gm) ?? [];
    expect(comments.length).toBeGreaterThan(0);
    expect(comments.join('\n')).not.toMatch(/[;'"`$]/);
  });
});

describe('ddlText', () => {
  it.each(['hive', 'spark'] as const)('leaves no ; -- or ${ even inside the texts of %s', (engine) => {
    const lines = textFor(engine)
      .split('\n')
      .filter((line) => !line.startsWith('--'));
    expect(lines.join('\n').replace(/;$/gm, '')).not.toMatch(/;|--|\$\{/);
  });

  it.each(['hive', 'spark'] as const)('adds the partitions of the days that were asked for in %s', (engine) => {
    const text = textFor(engine, '/archive', ['2026-11-20', '2026-11-21']);
    expect(text).toContain(
      "ALTER TABLE messages ADD IF NOT EXISTS\n  PARTITION (dt = '2026-11-20')\n  PARTITION (dt = '2026-11-21');",
    );
    expect(text).not.toContain('MSCK REPAIR TABLE messages SYNC');
    expect(textFor(engine)).toContain('MSCK REPAIR TABLE messages SYNC PARTITIONS;');
  });

  it.each(['hive', 'spark'] as const)('adds no partition in %s where there is no day', (engine) => {
    expect(textFor(engine, '/archive', [])).not.toContain('ALTER TABLE messages ADD');
  });
});

describe('what is printed for DuckDB', () => {
  it('finds every message of every day and writer once, by its type', async () => {
    const select = await duckdbWith(await writeEngineArchive());
    const counts = new Map<string, number>();
    for (const { dt, type } of SENT) counts.set(`${dt} ${type}`, (counts.get(`${dt} ${type}`) ?? 0) + 1);
    const rows = await select(`SELECT dt || ' ' || type AS day_type, count(*)::INTEGER AS n FROM messages GROUP BY 1`);
    expect(new Map(rows.map(({ day_type, n }) => [String(day_type), Number(n)]))).toEqual(counts);
    expect(await select('SELECT DISTINCT dt FROM counters ORDER BY dt')).toEqual(DAYS.map((dt) => ({ dt })));
  });

  it('has views of the columns and values that the archive itself has', async () => {
    const dir = await writeEngineArchive();
    const select = await duckdbWith(dir);
    const store = await openStore(dir, { threads: 1 });
    onTestFinished(() => store.close());
    for (const view of ['counters', 'timers', 'gauges', 'logs', 'exceptions']) {
      const own = await store.query(`SELECT * FROM ${view} ORDER BY ALL`, { maxRows: 1_000 });
      const names = own.columns.map(({ name }) => name);
      expect(await columnsOf(select, view)).toEqual([...names, 'dt']);
      const hash = (columns: readonly string[]): string =>
        `SELECT count(*)::INTEGER AS n, bit_xor(hash(${columns.join(', ')}))::VARCHAR AS h FROM ${view}`;
      const [row] = await select(hash(names));
      expect(row).toMatchObject({ n: own.rows.length });
      expect((await store.query(hash(names), { maxRows: 1 })).rows).toEqual([row]);
    }
  });

  it('casts the keys of a registered type as the archive itself does', async () => {
    const dir = await writeEngineArchive();
    const select = await duckdbWith(dir);
    const store = await openStore(dir, { threads: 1 });
    onTestFinished(() => store.close());
    const printed = ORDER_COLUMNS.map((name) => `"${name}"::VARCHAR AS "${name}"`).join(', ');
    const rows = await select(`SELECT ${printed} FROM order_placed ORDER BY ALL`);
    const own = ['total', 'count', 'paid', 'at', 'day', 'note', 'a.b', 'größe', 'gr__e', 'nested', 'user_timestamp'];
    const names = [...own, 'select'].map((name, index) => `"${name}"::VARCHAR AS "${ORDER_COLUMNS[index] ?? ''}"`);
    const { rows: want } = await store.query(`SELECT ${names.join(', ')} FROM order_placed ORDER BY ALL`, {
      maxRows: 1_000,
    });
    expect(rows).toEqual(want);
    expect(rows.some(({ total }) => total === '12.5')).toBe(true);
  });

  it('finds what is kept under a hostile key of a hostile type', async () => {
    const select = await duckdbWith(await writeEngineArchive());
    const view = REGISTERED.find(({ type }) => type === HOSTILE_TYPE)?.view ?? '';
    const columns = await columnsOf(select, view);
    const column = columns.find((name) => name.startsWith('k_')) ?? '';
    expect(column).toBe(HOSTILE_KEY.replace(/[^A-Za-z0-9_]/gu, '_'));
    const sent = SENT.filter(({ type }) => type === HOSTILE_TYPE).length;
    expect(await select(`SELECT "${column}" AS kept, count(*)::INTEGER AS n FROM "${view}" GROUP BY 1`)).toEqual([
      { kept: 'kept', n: sent },
    ]);
  });
});

async function columnsOf(select: Awaited<ReturnType<typeof duckdbWith>>, view: string): Promise<readonly string[]> {
  return (await select(`DESCRIBE "${view}"`)).map(({ column_name }) => String(column_name));
}
