import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Columns } from '../../../src/core/column-kind.ts';
import { describeTypes } from '../../../src/store/types/describe-types.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { openTypeKeeper, type TypeKeeper } from '../../../src/store/types/type-keeper.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const NOW_MS = Date.parse(`${DAY}T12:00:00.000Z`);
const DAY_WINDOW = { fromMs: NOW_MS - 86_400_000, toMs: NOW_MS, logger: undefined };

interface Archive {
  readonly dir: string;
  readonly store: Store;
  readonly keeper: TypeKeeper;
  /** What was told. */
  readonly troubles: readonly string[];
  /** Archives these lines as the router does. */
  write(...lines: readonly string[]): Promise<void>;
}

async function archive(): Promise<Archive> {
  const dir = await tempDir();
  const troubles: string[] = [];
  const keeper = await openTypeKeeper(
    dir,
    { retentionDays: 30 },
    { now: () => NOW_MS, onTrouble: (text) => troubles.push(text) },
  );
  const writer = await createArchiveWriter(dir);
  const store = await openStore(dir);
  onTestFinished(async () => {
    await store.close();
    await writer.close();
  });
  let next = 0;
  return {
    dir, store, keeper, troubles,
    async write(...lines) {
      const closed = await segment(dir, next, [header(), ...lines]);
      next += lines.length;
      await writer.write(closed);
      await keeper.take(closed.path);
    },
  }; // prettier-ignore
}

/** What a sender says that first announced it in this minute. */
const schema = (type: unknown, properties: Readonly<Record<string, unknown>>, minute = 0): string =>
  line({
    type: 'metlog.schema',
    timestamp: `${DAY}T10:${String(minute).padStart(2, '0')}:00.000Z`,
    metadata: { type, schema: { type: 'object', properties } },
  });
const placed = (metadata: Readonly<Record<string, unknown>>): string => line({ type: 'order.placed', metadata });

const number = { type: 'number' };
const text = { type: 'string' };

describe('a registered type', () => {
  it('has a view that casts its keys out of the metadata', async () => {
    const { store, write } = await archive();
    const all = { n: number, i: { type: 'integer' }, b: { type: 'boolean' }, s: text, t: { type: 'string', format: 'date-time' }, d: { type: 'string', format: 'date' }, j: {} }; // prettier-ignore
    await write(
      schema('order.placed', all),
      placed({ n: 12.5, i: 9_007_199_254_740_991, b: true, s: 'a', t: '2026-11-22T10:44:00+02:00', d: '2026-11-22', j: [1, { a: null }] }), // prettier-ignore
      placed({ n: '7', i: 3, b: 'false', s: 5, t: '2026-11-22 10:44', j: 'x' }),
    );
    const { columns, rows } = await store.query('select n, i, b, s, t, d, j from order_placed order by n desc');
    expect(columns.map(({ type }) => type)).toEqual(['DOUBLE', 'BIGINT', 'BOOLEAN', 'VARCHAR', 'TIMESTAMP', 'DATE', 'JSON']); // prettier-ignore
    expect(rows).toEqual([
      { n: 12.5, i: 9_007_199_254_740_991, b: true, s: 'a', t: '2026-11-22T08:44:00.000Z', d: '2026-11-22', j: [1, { a: null }] }, // prettier-ignore
      { n: 7, i: 3, b: false, s: '5', t: '2026-11-22T10:44:00.000Z', d: null, j: 'x' },
    ]);
    expect((await store.query('select * from ORDER_PLACED')).columns.map(({ name }) => name)).toEqual(
      'timestamp received logger severity payload n i b s t d j hostname pid sender seq metadata'.split(' '),
    );
  });

  it('is widened, with its older values in the wider column', async () => {
    const { store, write } = await archive();
    await write(schema('order.placed', { total: { type: 'integer' } }, 1), placed({ total: 12 }));
    expect((await store.query('select total from order_placed')).columns[0]?.type).toBe('BIGINT');
    await write(schema('order.placed', { total: number, currency: text }, 2), placed({ total: 12.5, currency: 'EUR' }));
    expect((await store.query('select total, currency from order_placed order by total')).rows).toEqual([
      { total: 12, currency: null },
      { total: 12.5, currency: 'EUR' },
    ]);
    await write(schema('order.placed', { total: text }, 3), placed({ total: 'a lot' }));
    expect((await store.query('select total from order_placed order by total')).rows).toEqual([{ total: '12' }, { total: '12.5' }, { total: 'a lot' }]); // prettier-ignore
  });

  it('in conflict goes by the later schema, and what does not fit is NULL and counted', async () => {
    const { store, write } = await archive();
    await write(schema('order.placed', { total: text, note: text }, 1), placed({ total: 'a lot', note: 'n' }));
    await write(
      schema('order.placed', { total: { type: 'integer' } }, 2),
      placed({ total: 12 }), placed({ total: 12.5 }), placed({ total: { eur: 1 } }), placed({ total: null }), placed({}), placed({ total: 'NaN' }),
    ); // prettier-ignore
    expect((await store.query('select total, note from order_placed where total is not null or note is not null order by total')).rows).toEqual([{ total: 12, note: null }, { total: null, note: 'n' }]); // prettier-ignore
    expect(await describeTypes(store, DAY_WINDOW)).toMatchObject({
      types: [
        {
          type: 'order.placed',
          view: 'order_placed',
          by: 'senders',
          announced: `${DAY}T10:01:00.000Z`,
          columns: [
            { name: 'total', key: 'total', kind: 'integer', castToNull: 4 },
            { name: 'note', key: 'note', kind: 'string', castToNull: 0 },
          ],
          messageCount: 7,
          castToNullCount: 4,
        },
      ],
      refused: [],
    });
    // The older application still runs, and says again what it has said first.
    await write(schema('order.placed', { total: text, note: text }, 1));
    expect((await describeTypes(store, DAY_WINDOW)).types[0]?.columns[0]?.kind).toBe('integer');
    await write(schema('order.placed', { total: text }, 3));
    expect((await describeTypes(store, DAY_WINDOW)).types[0]).toMatchObject({ columns: [{ kind: 'string', castToNull: 0 }, {}], castToNullCount: 0 }); // prettier-ignore
  });

  it('has no number in its view that is none, or that no sum survives', async () => {
    const { store, write } = await archive();
    await write(
      schema('order.placed', { total: number }),
      ...['NaN', 'Infinity', '1e999', true, [], '', 3].map((total) => placed({ total })),
    );
    expect((await store.query('select sum(total) as total, count(total) as n from order_placed')).rows).toEqual([
      { total: 3, n: 1 },
    ]);
    expect((await describeTypes(store, DAY_WINDOW)).types).toMatchObject([{ messageCount: 7, castToNullCount: 6 }]);
  });

  it('is listed without counts where there is no time for them, and counted in its window alone', async () => {
    const { store, write } = await archive();
    await write(schema('order.placed', { total: number }), placed({ total: 'x' }));
    expect((await describeTypes(store, DAY_WINDOW, { budgetMs: 0 })).types[0]).toMatchObject({ messageCount: null, castToNullCount: null, columns: [{ castToNull: null }] }); // prettier-ignore
    expect((await describeTypes(store, { ...DAY_WINDOW, fromMs: NOW_MS - 60_000 })).types[0]).toMatchObject({ messageCount: 0, castToNullCount: 0 }); // prettier-ignore
  });

  it('is seen by whoever opens the archive later, and by the configuration whether or not it is announced', async () => {
    const { dir, keeper, write, store } = await archive();
    await write(schema('order.placed', { total: text }), placed({ total: '12.5', note: 3 }));
    const configured: [string, Columns][] = [
      ['order.placed', new Map([['total', 'number']])],
      ['never.seen', new Map([['k', 'json']])],
    ];
    await keeper.configure(new Map(configured));
    const later = await openStore(dir);
    onTestFinished(() => later.close());
    for (const one of [store, later]) {
      expect((await one.query('select total from order_placed')).rows).toEqual([{ total: 12.5 }]);
      expect((await one.query('select k from never_seen')).rows).toEqual([]);
    }
    await keeper.configure(new Map());
    expect((await store.query('select total from order_placed')).rows).toEqual([{ total: '12.5' }]);
    await expect(store.query('select * from never_seen')).rejects.toMatchObject({ code: 'refused' });
    await expect(store.select('select * from never_seen')).rejects.toThrow('does not exist');
  });

  it('is refused where its name is built in or taken, and the built-in view stays as it is', async () => {
    const { store, write } = await archive();
    await write(
      line(), schema('counters', { name: number }), schema('counter', { name: number }), schema('messages', { k: text }),
      schema('metlog.report', { k: text }), schema('sqlite_master', { k: text }), schema('a.b', { k: text }), schema('a-b', { k: text }),
      schema(7, { k: text }), schema('no.keys', {}),
    ); // prettier-ignore
    expect((await store.query('select name from counters')).rows).toEqual([{ name: 'login.ok' }]);
    const { types, refused } = await store.types();
    expect(types.map(({ type }) => type)).toEqual(['a.b']);
    expect(refused.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      'counters: built-in', 'counter: built-in', 'messages: built-in', 'metlog.report: built-in', 'sqlite_master: bad-name', 'a-b: name-taken', 'no.keys: no-schema',
    ]); // prettier-ignore
    for (const view of ['sqlite_master', 'duckdb_settings', 'a', 'no_keys', 'metlog_report'])
      await expect(store.query(`select * from ${view}`)).rejects.toMatchObject({ code: 'refused' });
    await expect(store.query('select * from nothing')).rejects.toThrow('"nothing" is none of the views messages, counters, timers, gauges, logs, exceptions, a_b'); // prettier-ignore
    await expect(store.query("select * from a_b, read_text('/etc/passwd')")).rejects.toMatchObject({ code: 'refused' });
  });

  it('replaces no view that the store has of its own', async () => {
    const { store, write } = await archive();
    const listed = async (): Promise<unknown[]> =>
      (await store.select('select view_name as name, sql from duckdb_views() where not internal order by 1')).rows.map(({ name }) => name); // prettier-ignore
    const own = await listed();
    expect(own).toContain('messages');
    await write(...own.map((name) => schema(name, { k: number })));
    expect((await store.types()).types).toEqual([]);
    expect(await listed()).toEqual(own);
    expect((await store.query('select count(*) as n from messages')).rows).toEqual([{ n: own.length }]);
  });

  it('is one of 200 at most, and all of them answer', async () => {
    const { store, write } = await archive();
    await write(...Array.from({ length: 210 }, (_, i) => schema(`t.${i}`, { k: number })));
    const { types, refused } = await store.types();
    expect([types.length, refused.length, refused[0]?.reason]).toEqual([200, 10, 'too-many']);
    expect((await store.query('select k from t_199')).rows).toEqual([]);
    await expect(store.query('select k from t_200')).rejects.toThrow('and 186 more');
  });

  it('takes keys of any characters, and nothing of them is SQL', async () => {
    const { store, write } = await archive();
    const keys = ['"; DROP VIEW messages; --', "'); SELECT 1; --", 'a/b~c', '$.*', 'a.b', '0', '*', '__proto__', 'größe', '\\', '}', '-- x', '/*', ' ', 'select']; // prettier-ignore
    const metadata = JSON.parse(`{${keys.map((key, i) => `${JSON.stringify(key)}:${i}`).join(',')}}`) as Record<string, unknown>; // prettier-ignore
    const properties = JSON.parse(`{${keys.map((key) => `${JSON.stringify(key)}:{"type":"number"}`).join(',')}}`) as Record<string, unknown>; // prettier-ignore
    await write(schema('it\'s."odd"; --', properties), line({ type: 'it\'s."odd"; --', metadata }));
    const { columns, rows } = await store.query('select * from it_s__odd_____');
    const values = keys.map((key) => rows[0]?.[columns.find(({ name }) => name === key)?.name ?? '?']);
    expect(values).toEqual(keys.map((_, i) => i));
    expect((await store.query('select count(*) as n from messages')).rows).toEqual([{ n: 2 }]);
    expect((await describeTypes(store, DAY_WINDOW)).types[0]).toMatchObject({ messageCount: 1, castToNullCount: 0 }); // prettier-ignore
  });

  it('takes a bounded part of a schema that is huge, deep or no schema', async () => {
    const { store, write, dir } = await archive();
    const huge = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, number]));
    const deep = JSON.parse(`${'{"properties":{"a":'.repeat(30)}{}${'}}'.repeat(30)}`) as Record<string, unknown>;
    await write(
      schema('huge', huge),
      schema('deep', { a: deep, 'nul\0': text, ['x'.repeat(1_000)]: text }),
      line({ type: 'metlog.schema', metadata: { type: 'none', schema: 'x'.repeat(100_000) } }),
      line({ type: 'metlog.schema', metadata: {} }),
      line({ type: 'metlog.schema', metadata: { type: 'y'.repeat(300), schema: {} } }),
    );
    expect((await store.types()).types.map(({ type, columns }) => [type, columns.length])).toEqual([['huge', 100], ['deep', 1]]); // prettier-ignore
    expect((await readFile(join(dir, '_types.json'))).length).toBeLessThan(10_000);
    expect((await store.query('select key0, key99 from huge')).rows).toEqual([]);
  });

  it('is not found in what only looks like an announcement', async () => {
    const { store, write } = await archive();
    const text = JSON.stringify({
      type: 'metlog.schema',
      metadata: { type: 'fake', schema: { properties: { k: {} } } },
    });
    await write(line({ type: 'log', payload: `\n${text}\n` }), line({ type: 'metlog.schemata', metadata: { type: 'fake', schema: { properties: { k: {} } } } })); // prettier-ignore
    expect(await store.types()).toEqual({ types: [], refused: [] });
  });

  it('is gathered anew where the file of types is damaged, which is told, and queries go on meanwhile', async () => {
    const { dir, store, write } = await archive();
    await write(schema('order.placed', { total: number }), placed({ total: 1 }));
    await writeFile(join(dir, '_types.json'), 'nonsense');
    expect((await store.query('select count(*) as n from messages')).rows).toEqual([{ n: 2 }]);
    await expect(store.query('select * from order_placed')).rejects.toMatchObject({ code: 'refused' });
    const told: string[] = [];
    const keeper = await openTypeKeeper(dir, { retentionDays: 30 }, { now: () => NOW_MS, onTrouble: (said) => told.push(said) }); // prettier-ignore
    expect(told).toEqual([`the registered types of the archive ${dir} cannot be read, and are gathered anew`]);
    await keeper.take((await segment(dir, 10, [header(), schema('order.placed', { total: number })])).path);
    expect((await store.query('select total from order_placed')).rows).toEqual([{ total: 1 }]);
  });
});
