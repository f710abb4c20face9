import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../../src/router/received-message.ts';
import { statsdLine } from '../../../../src/router/sinks/statsd/line.ts';
import { createStatsdNames, type StatsdNameOptions } from '../../../../src/router/sinks/statsd/names.ts';
import { packLines } from '../../../../src/router/sinks/statsd/pack.ts';
import { aMessage } from '../a-message.ts';
import { readAsStatsd } from './statsd-reader.ts';

const NAMES: StatsdNameOptions = {
  template: '{logger}.{name}',
  tags: [],
  tagForm: 'dogstatsd',
  maxNames: 10_000,
  maxNameBytes: 1_432,
};

/** The line of a message, or why there is none. */
function lineOf(fields: Partial<ReceivedMessage>, names: Partial<StatsdNameOptions> = {}): string {
  const line = statsdLine(aMessage(fields), createStatsdNames({ ...NAMES, ...names }));
  return typeof line === 'string' ? line : `refused: ${line.reason}`;
}
const nameOf = (fields: Partial<ReceivedMessage>, names: Partial<StatsdNameOptions> = {}): string =>
  lineOf(fields, names).replace(/:1\|c/, '');

describe("a metric's value", () => {
  it.each([
    ['1', '1'],
    ['-3', '-3'],
    ['0.25', '0.25'],
    ['1e-7', '0.0000001'],
    ['1.5E+3', '1500'],
    ['1e21', '1000000000000000000000'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['-0', '0'],
    ['-1e-30', '0'],
  ])('%s is %s', (payload, value) => {
    expect(lineOf({ payload })).toBe(`shop.login.ok:${value}|c`);
  });

  it.each(['', ' ', '1 ', 'one', 'NaN', 'Infinity', '1e999', '0x10', '1,5', '1|c\nevil:1', '--1', '1_000', '1n'])(
    '%j is none',
    (payload) => {
      expect(lineOf({ payload })).toBe('refused: its payload is no number');
    },
  );

  it('is a sample of a rate without exponent', () => {
    const rated = (rate: number) => lineOf({ metadata: { name: 'x', rate } });
    expect(rated(0.1)).toBe('shop.x:1|c|@0.1');
    expect(rated(1e-7)).toBe('shop.x:1|c|@0.0000001');
    expect(rated(1)).toBe('shop.x:1|c');
    expect(lineOf({ type: 'timer', metadata: { name: 'x', rate: 0.5 } })).toBe('shop.x:1|ms|@0.5');
    expect(lineOf({ type: 'gauge', metadata: { name: 'x', rate: 0.5 } })).toBe('shop.x:1|g');
  });

  it.each([0, -0.5, 1.5, 1e-30, '0.5', null, true])('is refused with a rate of %s', (rate) => {
    expect(lineOf({ metadata: { name: 'x', rate } })).toBe('refused: its rate must be a number above 0, and 1 at most');
  });

  it('goes through zero where a gauge is below it, and is refused where a timer is', () => {
    expect(lineOf({ type: 'gauge', payload: '-5.5' })).toBe('shop.login.ok:0|g\nshop.login.ok:-5.5|g');
    expect(lineOf({ type: 'gauge', payload: '-0' })).toBe('shop.login.ok:0|g');
    expect(lineOf({ type: 'timer', payload: '-1' })).toBe('refused: statsd takes no negative times');
  });
});

describe("a metric's name", () => {
  it('is sanitised as statsd does it, with nothing left that means something to it', () => {
    const named = (name: string) => nameOf({ metadata: { name } });
    expect(named('w  x/y')).toBe('shop.w_x-y');
    expect(named('a\nevil:1|c')).toBe('shop.a_evil1c');
    expect(named('a|#k:v,@0.1')).toBe('shop.akv0.1');
    expect(named('a;country=de')).toBe('shop.a_country=de');
    expect(named('größe')).toBe('shop.gre');
  });

  it('keeps the levels of logger and name, and makes one of anything else', () => {
    const fields = { logger: 'shop.cart', hostname: 'web-1.example.com', metadata: { name: 'a.b', region: 'eu.west' } };
    expect(nameOf(fields)).toBe('shop.cart.a.b');
    expect(nameOf(fields, { template: '{name}' })).toBe('a.b');
    expect(nameOf(fields, { template: 'prod.{hostname}.{metadata.region}.{type}.{name}' })).toBe(
      'prod.web-1_example_com.eu_west.counter.a.b',
    );
  });

  it('has a mark for what is absent, and is refused without a name', () => {
    expect(nameOf({ logger: '日本', metadata: { name: 'a' } })).toBe('_.a');
    expect(nameOf({ hostname: undefined }, { template: '{hostname}.{name}' })).toBe('_.login.ok');
    expect(lineOf({ metadata: {} })).toBe('refused: it has no name in metadata.name');
    expect(lineOf({ metadata: { name: 7 } })).toBe('refused: it has no name in metadata.name');
    expect(lineOf({ metadata: { name: '日本' } })).toBe('refused: nothing is left of its name once it is sanitised');
    expect(lineOf({ metadata: { name: 'x'.repeat(2_000) } })).toBe('refused: its name is longer than a datagram');
  });

  it('is none that every object has: a timer of such a name ends statsd', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(nameOf({ metadata: { name } }, { template: '{name}' })).toBe(`${name}_`);
    }
    expect(nameOf({ metadata: { name: 'constructor' } })).toBe('shop.constructor');
  });

  it('carries tags in the form that is asked for', () => {
    const metadata = { name: 'a', country: 'de', tier: 1, vip: true, 'odd;=:,|#key': 'x', user: { plan: 'p r/o' } };
    const tags = ['country', 'tier', 'vip', 'absent', 'odd;=:,|#key', 'user.plan', 'user'];
    expect(lineOf({ metadata }, { tags })).toBe('shop.a:1|c|#country:de,tier:1,vip:true,odd__key:x,user.plan:p_r-o');
    expect(lineOf({ metadata }, { tags, tagForm: 'graphite' })).toBe(
      'shop.a;country=de;tier=1;vip=true;odd__key=x;user.plan=p_r-o:1|c',
    );
    expect(lineOf({ metadata: { name: 'a', country: 'x,evil:1;y=2|c\nz:1|c' } }, { tags: ['country'] })).toBe(
      'shop.a:1|c|#country:xevil1_y=2c_z1c',
    );
  });

  it('counts against maxNames with its tags, however it is written', () => {
    const names = createStatsdNames({ ...NAMES, tags: ['country'], maxNames: 2 });
    const line = (name: string, country: string) => statsdLine(aMessage({ metadata: { name, country } }), names);
    expect(line('a b', 'de')).toBe('shop.a_b:1|c|#country:de');
    expect(line('a  b', 'de')).toBe('shop.a_b:1|c|#country:de');
    expect(line('a_b', 'fr')).toBe('shop.a_b:1|c|#country:fr');
    expect(line('a_b', 'us')).toEqual({ reason: 'cardinality' });
    expect(line('c', 'de')).toEqual({ reason: 'cardinality' });
    expect(line('a\tb', 'fr')).toBe('shop.a_b:1|c|#country:fr');
  });

  it('is told apart from every other, past what is remembered', () => {
    const names = createStatsdNames({ ...NAMES, maxNames: 3 });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 50; i++) {
        const line = statsdLine(aMessage({ logger: 'a', metadata: { name: `b${' '.repeat(i)}c` } }), names);
        expect(line).toBe(i === 0 ? 'a.bc:1|c' : 'a.b_c:1|c');
      }
    }
  });
});

describe('packLines', () => {
  const lines = (texts: readonly string[]) => (message: ReceivedMessage) => texts[message.offset] ?? { reason: 'no' };
  const batch = (count: number) => Array.from({ length: count }, (_, offset) => aMessage({ offset }));

  it('fills datagrams up to their size, and knows where each begins', () => {
    const packed = packLines(batch(5), lines(['a'.repeat(4), 'b'.repeat(5), 'c', 'd\nd', 'e'.repeat(10)]), 10);
    expect(packed.datagrams).toEqual(['aaaa\nbbbbb', 'c\nd\nd', 'e'.repeat(10)]);
    expect(packed.firsts).toEqual([0, 2, 4]);
  });

  it('makes no datagram of nothing', () => {
    expect(packLines(batch(1), lines([]), 10)).toEqual({
      datagrams: [],
      firsts: [],
      refused: [{ index: 0, reason: 'no' }],
      leftOut: [],
    });
  });
});

describe('whatever a message says', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...Array.from('a.b:|@#,;=\n\r \t/\\0-9g_')) }),
    fc.constantFrom('constructor', '__proto__', 'a:1|c\nevil:9|c', '|#x:y', '1|@0.1', ''),
  );
  const payload = fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc.integer().map(String),
    hostile,
    fc.constantFrom('1e400', '-1e-300', '9'.repeat(40), '1e308'),
  );
  const message = fc.record({
    type: fc.constantFrom('counter', 'timer', 'gauge', 'log'),
    logger: hostile,
    payload,
    hostname: fc.option(hostile, { nil: undefined }),
    metadata: fc.record(
      { name: hostile, rate: fc.oneof(fc.double(), fc.constant(1)), country: hostile, tier: fc.integer() },
      { requiredKeys: [] },
    ),
  });

  it('each line is one that statsd reads as meant, with no line or tag beside', () => {
    const templates = fc.constantFrom('{logger}.{name}', '{name}', '{hostname}.{metadata.country}.{name}');
    const forms = fc.constantFrom('dogstatsd' as const, 'graphite' as const);
    let delivered = 0;
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), templates, forms, (given, template, tagForm) => {
        const names = createStatsdNames({ ...NAMES, template, tagForm, tags: ['country', 'tier'] });
        const messages = given.map((fields) => aMessage(fields as Partial<ReceivedMessage>)); // JSON, whatever fast-check calls it
        const packed = packLines(messages, (one) => statsdLine(one, names), 1_432);
        for (const datagram of packed.datagrams) expect(datagram.length).toBeLessThanOrEqual(1_432);
        const read = packed.datagrams.flatMap(readAsStatsd);
        const refused = new Set(packed.refused.map(({ index }) => index));
        for (const [index, { type, payload: text, metadata }] of messages.entries()) {
          if (refused.has(index)) continue;
          const metric = read.shift();
          const value = Number(text);
          if (type === 'gauge' && metric?.value === '0' && value < -1e-20) {
            expect(read[0]?.key).toBe(metric.key);
            expect(Number(read.shift()?.value)).toBeCloseTo(value, 15);
            continue;
          }
          expect(metric?.type).toBe({ counter: 'c', timer: 'ms', gauge: 'g' }[type as 'gauge']);
          expect(Number(metric?.value)).toBeCloseTo(value, 15);
          expect(metric?.rate).toBeCloseTo(type === 'gauge' ? 1 : ((metadata['rate'] as number | undefined) ?? 1), 15);
          const [name = '', ...tags] = metric?.key.split(';') ?? [];
          expect(name).toMatch(/^[\w.=-]+$/);
          expect(name in {}).toBe(false);
          // A value of which something is left once it is sanitised.
          const tagged = ['country', 'tier'].filter((key) => {
            const value = metadata[key];
            return typeof value === 'number' || (typeof value === 'string' && /[\w.=;\s/-]/.test(value));
          });
          expect(tags.map((tag) => tag.split('=')[0])).toEqual(tagged);
          delivered++;
        }
        expect(read).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(delivered).toBeGreaterThan(200);
  });
});
