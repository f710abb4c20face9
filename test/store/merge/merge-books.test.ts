import { expect, it } from 'vitest';
import type { ColumnKind } from '../../../src/core/column-kind.ts';
import { MAX_TYPES } from '../../../src/core/registered-type.ts';
import { mergeBooks } from '../../../src/store/merge/merge-books.ts';
import { registeredTypes } from '../../../src/store/types/registered-types.ts';
import { announce, configure, EMPTY_BOOK, type TypeBook } from '../../../src/store/types/type-book.ts';

const NOW_MS = 20_000 * 86_400_000;

const configuredBook = (types: Readonly<Record<string, Readonly<Record<string, ColumnKind>>>>): TypeBook =>
  configure(
    EMPTY_BOOK,
    new Map(Object.entries(types).map(([type, columns]) => [type, new Map(Object.entries(columns))])),
  );

const announcedBook = (type: string, columns: Readonly<Record<string, ColumnKind>>, atMs: number): TypeBook =>
  announce(EMPTY_BOOK, { type, columns: new Map(Object.entries(columns)), atMs }, NOW_MS, 1);

const kindsOf = (book: TypeBook, type: string): unknown =>
  registeredTypes(book)
    .find((one) => one.type === type)
    ?.columns.map(({ name, kind }) => `${name} ${kind}`);

it('has the types of all books, and of a key that is announced twice what was said later', () => {
  const books = [
    configuredBook({ a: { x: 'number' } }),
    announcedBook('b', { k: 'string', old: 'boolean' }, 1),
    announcedBook('b', { k: 'number' }, 2),
  ];
  for (const order of [books, [...books].reverse()]) {
    const merged = mergeBooks(order);
    expect(kindsOf(merged, 'a')).toEqual(['x number']);
    expect(merged.announced.get('b')).toMatchObject({
      firstMs: 1,
      columns: new Map([
        ['k', { kind: 'number', sinceMs: 2 }],
        ['old', { kind: 'boolean', sinceMs: 1 }],
      ]),
    });
  }
});

it('has the first of two configurations say what a key is, and the keys of both', () => {
  const merged = mergeBooks([
    configuredBook({ a: { x: 'number' } }),
    configuredBook({ a: { x: 'string', y: 'json' } }),
  ]);
  expect(kindsOf(merged, 'a')).toEqual(['x number', 'y json']);
});

it('leaves out a type whose view’s name is taken, and those for which there is no room', () => {
  expect([...mergeBooks([configuredBook({ 'a.b': {} }), configuredBook({ a_b: {} })]).configured.keys()]).toEqual([
    'a.b',
  ]);
  const full = configuredBook(Object.fromEntries(Array.from({ length: MAX_TYPES }, (_, index) => [`t${index}`, {}])));
  expect(registeredTypes(mergeBooks([full, announcedBook('one.more', { k: 'string' }, 1)]))).toHaveLength(MAX_TYPES);
});
