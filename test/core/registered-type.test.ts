import { describe, expect, it } from 'vitest';
import { nameRefusal, viewNameOf } from '../../src/core/registered-type.ts';

describe("a registered type's view", () => {
  it.each([
    ['order.placed', 'order_placed'],
    ['Order-Placed', 'order_placed'],
    ['order', 'order'],
    ['2fa.used', '_2fa_used'],
    ['a"; drop view messages', 'a___drop_view_messages'],
    ['größe', 'gr__e'],
  ])('of %s is %s', (type, view) => {
    expect([viewNameOf(type), nameRefusal(type)]).toEqual([view, undefined]);
  });

  it.each([
    ...[
      'counter',
      'timer',
      'gauge',
      'log',
      'exception',
      'messages',
      'Messages',
      'counters',
      'logs',
      'metlog.report',
      'metlog.x',
    ],
  ])('is not to be had for %s, which is built in', (type) => {
    expect(nameRefusal(type)).toBe('built-in');
  });

  it.each([
    ['日本'],
    ['...'],
    ['duckdb_settings'],
    ['sqlite.master'],
    ['pg_catalog'],
    ['pragma_version'],
    ['information_schema_tables'],
  ])('is not to be had for %s, which makes no name, or one of the database', (type) => {
    expect(nameRefusal(type)).toBe('bad-name');
  });
});
