import { describe, expect, it } from 'vitest';
import { columnsOfSchema, schemaOfColumns } from '../../src/core/columns-of-schema.ts';

const kinds = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}): Record<string, string> =>
  Object.fromEntries(columnsOfSchema({ type: 'object', properties, ...rest })?.columns ?? []);

describe('the columns of a JSON Schema', () => {
  it('are the kinds of its top-level keys', () => {
    const properties = {
      n: { type: 'number' },
      i: { type: 'integer' },
      b: { type: 'boolean' },
      s: { type: 'string', format: 'email' },
      t: { type: 'string', format: 'date-time' },
      d: { type: 'string', format: 'date' },
      list: { type: 'array', items: { type: 'string' } },
      inner: { type: 'object', properties: { a: { type: 'number' } } },
      any: {},
      whatever: true,
      nothing: { type: 'null' },
    };
    expect(kinds(properties)).toEqual({
      n: 'number', i: 'integer', b: 'boolean', s: 'string', t: 'date-time', d: 'date',
      list: 'json', inner: 'json', any: 'json', whatever: 'json', nothing: 'json',
    }); // prettier-ignore
  });

  it('hold the values of all alternatives, and null beside them', () => {
    const properties = {
      nullable: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      types: { type: ['integer', 'null'] },
      wide: { oneOf: [{ type: 'integer' }, { type: 'number' }] },
      mixed: { type: ['string', 'number'] },
      or: { anyOf: [{ type: 'string' }, { type: 'array' }] },
      word: { enum: ['a', 'b', null] },
      three: { const: 3 },
    };
    expect(kinds(properties)).toEqual({
      nullable: 'number', types: 'integer', wide: 'number', mixed: 'string', or: 'json', word: 'string', three: 'number',
    }); // prettier-ignore
  });

  it('follow references within the schema, and are those of all alternatives together', () => {
    const $defs = { Total: { type: 'number' }, Loop: { $ref: '#/$defs/Loop' } };
    expect(kinds({ a: { $ref: '#/$defs/Total' }, b: { $ref: '#/$defs/Loop' }, c: { $ref: '#' } }, { $defs })).toEqual({
      a: 'number',
      b: 'json',
      c: 'json',
    });
    const oneOf = [
      { properties: { kind: { const: 'a' }, n: { type: 'number' } } },
      { properties: { kind: { const: 'b' }, n: { type: 'string' } } },
    ];
    expect(Object.fromEntries(columnsOfSchema({ oneOf })?.columns ?? [])).toEqual({ kind: 'string', n: 'string' });
  });

  it.each([
    [undefined],
    [null],
    ['object'],
    [[]],
    [{}],
    [{ type: 'string' }],
    [{ properties: [] }],
    [{ properties: {} }],
  ])('are none in %j', (schema) => {
    expect(columnsOfSchema(schema)).toBeUndefined();
  });

  it('are a hundred at most, with names that can be read, and the others are counted', () => {
    const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, { type: 'number' }]));
    const many = columnsOfSchema({ properties });
    expect([many?.columns.size, many?.omitted]).toEqual([100, 9_900]);
    const odd = columnsOfSchema({
      properties: { '': {}, 'a\0b': {}, 'c\nd': {}, ['x'.repeat(129)]: {}, '\ud800': {}, '"; drop': {} },
    });
    expect([[...(odd?.columns.keys() ?? [])], odd?.omitted]).toEqual([['"; drop'], 5]);
    expect([...(columnsOfSchema(JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'))?.columns ?? [])]).toEqual(
      [['__proto__', 'number']],
    );
  });

  it('are found soon however the schema multiplies itself', () => {
    const all = Array.from({ length: 100 }, () => ({ $ref: '#/$defs/a' }));
    const deep = (levels: number): unknown => JSON.parse(`${'{"anyOf":['.repeat(levels)}{}${']}'.repeat(levels)}`);
    const schema = { anyOf: all, properties: { k: { anyOf: all }, d: deep(1_000) }, $defs: { a: { anyOf: all } } };
    expect(columnsOfSchema(schema)?.columns.get('k')).toBe('json');
  });

  it('are the same in the schema that is made of them', () => {
    const columns = columnsOfSchema({
      properties: { n: { type: 'number' }, t: { type: 'string', format: 'date-time' }, j: {} },
    })!.columns;
    expect(columnsOfSchema(schemaOfColumns(columns))?.columns).toEqual(columns);
  });
});
