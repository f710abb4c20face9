import { describe, expect, it } from 'vitest';
import type { ColumnKind } from '../../../src/core/column-kind.ts';
import { registeredTypes } from '../../../src/store/types/registered-types.ts';
import { announce, configure, EMPTY_BOOK, type TypeBook } from '../../../src/store/types/type-book.ts';
import { bookText, readBook } from '../../../src/store/types/type-book-text.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS;
const RETENTION_MS = 30 * DAY_MS;

type Kinds = Readonly<Record<string, ColumnKind>>;

/** The book after these announcements: type, keys, and when the sender first announced them. */
const after = (said: readonly (readonly [string, Kinds, number?])[], book = EMPTY_BOOK, nowMs = NOW_MS): TypeBook =>
  said.reduce(
    (current, [type, kinds, atMs = 1]) =>
      announce(current, { type, columns: new Map(Object.entries(kinds)), atMs }, nowMs, RETENTION_MS),
    book,
  );

const kindsOf = (book: TypeBook, type: string): Record<string, string> =>
  Object.fromEntries(
    registeredTypes(book)
      .find((one) => one.type === type)
      ?.columns.map(({ name, kind }) => [name, kind]) ?? [],
  );

describe('the book of registered types', () => {
  it('keeps keys that a later schema does not have, and adds those that it brings', () => {
    const book = after([
      ['order.placed', { total: 'integer', old: 'string' }, 1],
      ['order.placed', { total: 'number', fresh: 'boolean' }, 2],
    ]);
    expect(kindsOf(book, 'order.placed')).toEqual({ total: 'number', old: 'string', fresh: 'boolean' });
  });

  it('has the schema win that was first announced later, in whatever order and however often they come', () => {
    const said: [string, Kinds, number][] = [
      ['a', { k: 'number' }, 1],
      ['a', { k: 'string' }, 2],
      ['a', { k: 'number' }, 3],
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0, 1, 0],
      [2, 2, 1],
    ])
      expect(kindsOf(after(order.map((at) => said[at]!)), 'a')).toEqual({ k: 'number' });
    expect(kindsOf(after(said.slice(0, 2)), 'a')).toEqual({ k: 'string' });
  });

  it('is the same object where nothing new is said, and believes no clock that is ahead', () => {
    const book = after([['a', { k: 'number' }, 5]]);
    expect(after([['a', { k: 'number' }, 5]], book)).toBe(book);
    const ahead = after([['a', { k: 'string' }, NOW_MS * 2]], book);
    expect(kindsOf(after([['a', { k: 'boolean' }, NOW_MS + 1]], ahead, NOW_MS + 1), 'a')).toEqual({ k: 'boolean' });
  });

  it('refuses built-in names, names that are taken, and more than 200, and counts them', () => {
    const many = after(Array.from({ length: 205 }, (_, i) => [`t${i}`, { k: 'number' }] as const));
    const book = after([['t0', { k: 'string' }, 2], ['log', { k: 'number' }], ['T0', { k: 'number' }], ['T0', { k: 'number' }]], many); // prettier-ignore
    expect(registeredTypes(book)).toHaveLength(200);
    expect(Object.fromEntries(book.refused)).toEqual({
      ...Object.fromEntries([200, 201, 202, 203, 204].map((i) => [`t${i}`, { reason: 'too-many', count: 1 }])),
      log: { reason: 'built-in', count: 1 },
      T0: { reason: 'name-taken', count: 2 },
    });
    const flooded = after(
      Array.from({ length: 500 }, (_, i) => [`u${i}`, { k: 'number' }] as const),
      many,
    );
    expect(flooded.refused.size).toBe(50);
    expect(announce(EMPTY_BOOK, { type: 'a', columns: undefined, atMs: 1 }, NOW_MS, RETENTION_MS).refused.get('a')).toEqual({ reason: 'no-schema', count: 1 }); // prettier-ignore
  });

  it('gives the place of a type that was not announced for as long as messages are kept to a new one', () => {
    const full = after([
      ['old', { k: 'number' }],
      ...Array.from({ length: 199 }, (_, i) => [`t${i}`, { k: 'number' }] as const),
    ] as [string, Kinds][]);
    const lateMs = NOW_MS + RETENTION_MS + DAY_MS;
    const alive = after(
      Array.from({ length: 199 }, (_, i) => [`t${i}`, { k: 'number' }] as const),
      full,
      lateMs,
    );
    const types = registeredTypes(after([['new', { k: 'number' }]], alive, lateMs)).map(({ type }) => type);
    expect(types).toHaveLength(200);
    expect([types.includes('old'), types.includes('new')]).toEqual([false, true]);
  });

  it('has at most 100 keys of a type, in all its schemas together', () => {
    const keys = (prefix: string): Kinds =>
      Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`${prefix}${i}`, 'number' as const]));
    expect(Object.keys(kindsOf(after([['a', keys('x'), 1], ['a', keys('y'), 2]]), 'a'))).toHaveLength(100); // prettier-ignore
  });

  it('goes by the configuration where it names a key', () => {
    const announced = after([['order.placed', { total: 'string', note: 'string' }], ['other', { k: 'number' }]]); // prettier-ignore
    const book = configure(announced, new Map([['order.placed', new Map<string, ColumnKind>([['total', 'number']])]]));
    expect(kindsOf(book, 'order.placed')).toEqual({ total: 'number', note: 'string' });
    expect(kindsOf(configure(book, new Map()), 'order.placed')).toEqual({ total: 'string', note: 'string' });
    const taken = configure(announced, new Map([['Other', new Map<string, ColumnKind>([['k', 'number']])]]));
    expect(registeredTypes(taken).map(({ type }) => type)).toEqual(['Other', 'order.placed']);
    expect(taken.refused.get('other')?.reason).toBe('name-taken');
  });

  it('gives a key whose name is taken another one', () => {
    const book = after([
      ['a', { seq: 'number', Total: 'number', total: 'string', TOTAL: 'boolean', metadata: 'json' }],
    ]);
    expect(kindsOf(book, 'a')).toEqual({
      user_seq: 'number',
      Total: 'number',
      user_total: 'string',
      user_metadata: 'json',
    });
  });

  it('is the same once it was written and read', () => {
    const book = configure(
      after([['a', { k: 'number', '__proto__"': 'json' }, 7], ['log', { k: 'number' }]]), // prettier-ignore
      new Map([['b', new Map<string, ColumnKind>([['x', 'date-time']])]]),
    );
    expect(readBook(bookText(book))).toEqual(book);
  });

  it.each([
    ['', undefined],
    ['[]', undefined],
    ['{"version":2}', undefined],
    ['{"version":1}', EMPTY_BOOK],
    [
      '{"version":1,"configured":[{"type":"log","columns":[["k","number"]]}],"announced":[7,{"type":"counters"}],"refused":[{"type":"a","reason":"x"}]}',
      EMPTY_BOOK,
    ],
  ])('reads of %s what is as it should be', (text, book) => {
    expect(readBook(text)).toEqual(book);
  });
});
