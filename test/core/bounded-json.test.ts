import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBoundedJson } from '../../src/core/bounded-json.ts';
import { createRedaction, REDACTED_KEYS } from '../../src/core/redact.ts';

const isSecret = createRedaction(REDACTED_KEYS);
const convert = (value: unknown) => toBoundedJson(value, isSecret);
const valueOf = (value: unknown) => convert(value).value;

describe('toBoundedJson', () => {
  it.each<[name: string, given: unknown, wanted: unknown]>([
    ['a text', 'é', 'é'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['a number', 1.5, 1.5],
    ['what is not a number', Number.NaN, null],
    ['infinity', -Infinity, null],
    ['a flag', true, true],
    ['null', null, null],
    ['undefined', undefined, null],
    ['a function', () => 1, null],
    ['a symbol', Symbol('x'), null],
    ['a big integer', 2n ** 70n, '1180591620717411303424'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date that is none', new Date(Number.NaN), null],
    ['a URL', new URL('http://a/b?c'), 'http://a/b?c'],
    ['a regular expression', /a+/g, '/a+/g'],
    ['a map', new Map<unknown, unknown>([['a', 1], [2, 'b']]), { a: 1, 2: 'b' }], // prettier-ignore
    ['a set', new Set([1, 'a']), [1, 'a']],
    ['a list with gaps and functions', [1, , () => 1], [1, null, null]],
    ['bytes', new Uint8Array(3), '[Uint8Array 3]'],
    ['a buffer', Buffer.from('secret'), '[Buffer 6]'],
    ['an array buffer', new ArrayBuffer(8), '[ArrayBuffer 8]'],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    ['what says itself what it is', { toJSON: () => ({ a: 1n }) }, { a: '1' }],
    ['a class', new (class Point { x = 1; #y = 2; sum() { return this.x + this.#y; } })(), { x: 1 }], // prettier-ignore
    ['keys without a value', { a: undefined, b: () => 1, c: 1 }, { c: 1 }],
    ['a getter', { get a() { return 1; } }, { a: 1 }], // prettier-ignore
    ['a promise', Promise.resolve(1), {}],
  ])('converts %s', (_, given, wanted) => {
    expect(valueOf(given)).toEqual(wanted);
    expect(valueOf({ inside: given })).toEqual(wanted === null && given === undefined ? {} : insideOf(given, wanted));
  });

  function insideOf(given: unknown, wanted: unknown): object {
    return ['function', 'symbol'].includes(typeof given) ? {} : { inside: wanted };
  }

  it('converts an error to its name, message, stack and own keys', () => {
    const error = Object.assign(new TypeError('boom'), { code: 'E_BOOM', password: 'x' });
    expect(valueOf({ error })).toEqual({
      error: { name: 'TypeError', message: 'boom', stack: error.stack, code: 'E_BOOM', password: '[redacted]' },
    });
  });

  it('keeps a key named __proto__ as a key', () => {
    const value = valueOf({ a: JSON.parse('{"__proto__":{"polluted":true}}') as unknown });
    expect(JSON.stringify(value)).toBe('{"a":{"__proto__":{"polluted":true}}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('redacts under secret keys, however deep, in maps and in what toJSON answers', () => {
    expect(
      valueOf({
        password: 'a',
        user: [{ apiKey: 1, name: 'n' }],
        headers: new Map([['authorization', 'Bearer x']]),
        request: { toJSON: () => ({ token: 't' }) },
      }),
    ).toEqual({
      password: '[redacted]',
      user: [{ apiKey: '[redacted]', name: 'n' }],
      headers: { authorization: '[redacted]' },
      request: { token: '[redacted]' },
    });
  });

  it('does not read what is secret', () => {
    const value = { get password(): string { throw new Error('read'); } }; // prettier-ignore
    expect(valueOf({ safe: new Map(Object.entries({ token: 1 })) })).toEqual({ safe: { token: '[redacted]' } });
    expect(() => valueOf(value)).toThrow('read'); // a getter is read with its siblings
  });

  it.each<[name: string, make: () => unknown]>([
    ['an object in itself', () => { const a: Record<string, unknown> = {}; a['b'] = { a }; return a; }], // prettier-ignore
    ['a list in itself', () => { const a: unknown[] = []; a.push(a); return a; }], // prettier-ignore
    ['a map in itself', () => { const a = new Map<string, unknown>(); a.set('a', a); return a; }], // prettier-ignore
    ['what answers itself as JSON', () => ({ toJSON() { return this; } })], // prettier-ignore
  ])('throws on %s', (_, make) => expect(() => convert(make())).toThrow('it contains itself'));

  it('takes the same object twice, side by side', () => {
    const shared = { a: 1 };
    expect(valueOf([shared, shared, { shared }])).toEqual([{ a: 1 }, { a: 1 }, { shared: { a: 1 } }]);
  });

  it('passes on what a getter or toJSON throws', () => {
    expect(() => valueOf({ get a(): number { throw new Error('mine'); } })).toThrow('mine'); // prettier-ignore
    expect(() => valueOf({ toJSON() { throw new Error('mine'); } })).toThrow('mine'); // prettier-ignore
  });

  it('cuts off what lies deeper than ten levels, and says so', () => {
    const deep = (levels: number): unknown => (levels === 0 ? { list: [1], end: {} } : { in: deep(levels - 1) });
    expect(convert(deep(8))).toMatchObject({ truncated: false });
    const { value, truncated } = convert(deep(9));
    expect(truncated).toBe(true);
    expect(JSON.stringify(value)).toContain('{"list":"[array]","end":"[object]"}');
  });

  it('keeps two thousand values and a megabyte of text, and says so', () => {
    const many = convert({ list: Array.from({ length: 5_000 }, (_, index) => index) });
    expect(many.truncated).toBe(true);
    expect((many.value as { list: number[] }).list.length).toBeLessThanOrEqual(2_000);
    const long = convert({ text: 'é'.repeat(50_000) });
    expect(long.truncated).toBe(true);
    expect((long.value as { text: string }).text).toBe('é'.repeat(32_768) + '…');
    const heavy = convert(Array.from({ length: 500 }, () => 'x'.repeat(10_000)));
    expect(heavy.truncated).toBe(true);
    expect(JSON.stringify(heavy.value).length).toBeLessThan(1.1 * 1024 * 1024);
  });

  it('answers a copy: what the caller changes later does not matter', () => {
    for (const given of [{ a: 1 }, { a: [1] }]) {
      const { value } = convert(given);
      const text = JSON.stringify(value);
      Object.assign(given, { a: 'changed', b: 2 });
      expect(JSON.stringify(value)).toBe(text);
    }
  });

  it('agrees with JSON on anything that JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { value: converted } = toBoundedJson(value, () => false);
        expect(JSON.stringify(converted)).toBe(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/g, '\ufffd'));
      }),
    );
  });

  it('makes JSON of anything, or throws', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          const text = JSON.stringify(valueOf({ value }));
          expect(JSON.stringify(JSON.parse(text))).toBe(text);
        },
      ),
    );
  });
});
