import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRoutes } from '../../../src/router/routes/compile-routes.ts';
import { explainRoutes } from '../../../src/router/routes/explain-routes.ts';
import type { Condition, Match, Route } from '../../../src/router/routes/route.ts';
import { received } from '../support/received.ts';
import { anyMatch, anyReceived, naiveMatches } from './naive-match.ts';

const SINKS = ['statsd', 'sentry', 'other'];

const sinksOf = (routes: readonly Route[], message = received()): string[] =>
  compileRoutes(routes, SINKS)
    .targets(message)
    .map((index) => SINKS[index]!);

const meets = (match: Match, message = received()): boolean =>
  sinksOf([{ match, to: ['statsd'] }], message).length === 1;

describe('compileRoutes', () => {
  const routes: Route[] = [
    { match: { type: ['counter', 'timer', 'gauge'] }, to: ['statsd'] },
    { match: { type: 'exception', severity: { max: 3 } }, to: ['sentry'] },
    { otherwise: true, to: ['other'] },
  ];

  it.each([
    ['counter', 6, ['statsd']],
    ['gauge', 0, ['statsd']],
    ['exception', 3, ['sentry']],
    ['exception', 4, ['other']],
    ['log', 3, ['other']],
  ] as const)('brings a %s of severity %i to its sinks', (type, severity, sinks) => {
    expect(sinksOf(routes, received({ type, severity }))).toEqual(sinks);
  });

  it('applies every route that matches, names a sink once, and numbers sinks as the configuration does', () => {
    const overlapping: Route[] = [
      { match: { type: 'counter' }, to: ['other', 'statsd'] },
      { match: { logger: 'shop' }, to: ['statsd', 'statsd'] },
      { match: {}, to: ['sentry'] },
    ];
    expect(sinksOf(overlapping)).toEqual(SINKS);
    expect(sinksOf(overlapping, received({ type: 'log', logger: 'x' }))).toEqual(['sentry']);
  });

  it('gives what no route took to every `otherwise`, wherever it stands, and to nobody without one', () => {
    const before: Route[] = [
      { otherwise: true, to: ['other'] },
      { match: { type: 'timer' }, to: ['statsd'] },
      { otherwise: true, to: ['sentry'] },
    ];
    expect(sinksOf(before)).toEqual(['sentry', 'other']);
    expect(sinksOf(before, received({ type: 'timer' }))).toEqual(['statsd']);
    expect(sinksOf([{ match: { type: 'timer' }, to: ['statsd'] }])).toEqual([]);
    expect(sinksOf([])).toEqual([]);
  });

  it('asks the metadata only after the fields, and `otherwise` after both', () => {
    const byTier: Route[] = [
      { match: { type: 'counter', 'metadata.tier': 1 }, to: ['statsd'] },
      { match: { 'metadata.team': 'pay*' }, to: ['sentry'] },
      { otherwise: true, to: ['other'] },
    ];
    const { targets } = compileRoutes(byTier, SINKS);
    expect(targets(received({ metadata: { tier: 1, team: 'payments' } }))).toEqual([0, 1]);
    expect(targets(received({ metadata: { tier: 2, team: 'payments' } }))).toEqual([1]);
    expect(targets(received({ metadata: { tier: 2 } }))).toEqual([2]);
    expect(targets(received({ type: 'log', metadata: { tier: 1 } }))).toEqual([2]);
  });

  it('gives the same array for the same outcome, so that batches can be told apart by it', () => {
    const { targets } = compileRoutes(
      [
        { match: { type: 'a' }, to: ['statsd', 'sentry'] },
        { match: { 'metadata.x': 1 }, to: ['sentry', 'statsd'] },
      ],
      SINKS,
    );
    const both = targets(received({ type: 'a' }));
    expect(both).toEqual([0, 1]);
    expect(targets(received({ type: 'b', metadata: { x: 1 } }))).toBe(both);
    expect(targets(received({ type: 'a', logger: 'l', metadata: { x: 1 } }))).toBe(both);
    expect(targets(received())).toBe(targets(received({ type: 'c' })));
  });

  it('stays right, and bounded, when every message has a type of its own', () => {
    const { targets } = compileRoutes([{ match: { type: '*7' }, to: ['statsd'] }], SINKS);
    let reachedCount = 0;
    for (let i = 0; i < 50_000; i++) reachedCount += targets(received({ type: `t${i}` })).length;
    expect(reachedCount).toBe(5_000);
  });

  it('refuses a sink that does not exist', () => {
    expect(() => compileRoutes([{ otherwise: true, to: ['nowhere'] }], SINKS)).toThrow('"nowhere"');
  });

  const anyRoutes = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ match: anyMatch, to: fc.subarray(SINKS, { minLength: 1 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({ otherwise: fc.constant(true as const), to: fc.subarray(SINKS, { minLength: 1 }) }),
      },
    ),
    { maxLength: 5 },
  );

  it('does what a plain reading of the routes does, and explains what it does', () => {
    const seen = { matched: 0, otherwise: 0, nothing: 0 };
    fc.assert(
      fc.property(anyRoutes, fc.array(anyReceived, { minLength: 1, maxLength: 5 }), (given, messages) => {
        const { targets } = compileRoutes(given, SINKS);
        for (const message of messages) {
          const taken = given.filter((route) => 'match' in route && naiveMatches(route.match, message));
          const applied = taken.length > 0 ? taken : given.filter((route) => 'otherwise' in route);
          const names = SINKS.filter((name) => applied.some(({ to }) => to.includes(name)));
          expect(targets(message).map((index) => SINKS[index])).toEqual(names);
          const { sinks, routes: explained } = explainRoutes(given, SINKS, message);
          expect(sinks).toEqual(names);
          expect(given.filter((_, index) => explained[index]!.applied)).toEqual(applied);
          seen[taken.length > 0 ? 'matched' : names.length > 0 ? 'otherwise' : 'nothing']++;
        }
      }),
      { numRuns: 2_000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100); // the property says nothing otherwise
  });
});

describe('a condition', () => {
  const metadata = {
    name: 'login.ok',
    tier: 1,
    big: true,
    nil: null,
    list: ['a'],
    http: { status: 500, 'x.y': 'deep', none: {} },
    'http.status': 200,
  };
  const message = received({ type: 'order.placed', severity: 3, via: 'http', key: 'k1', metadata });

  it.each<[Match, boolean]>([
    [{ type: 'order.placed' }, true],
    [{ type: 'order.*' }, true],
    [{ type: '*.placed' }, true],
    [{ type: 'o*r*d' }, true],
    [{ type: '*' }, true],
    [{ type: 'order' }, false],
    [{ type: 'Order.*' }, false],
    [{ type: ['x', 'order.*'] }, true],
    [{ type: { not: 'order.*' } }, false],
    [{ type: { not: ['a', 'b'] } }, true],
    [{ type: { not: { not: 'order.placed' } } }, true],
    [{ severity: 3 }, true],
    [{ severity: [2, 3] }, true],
    [{ severity: { max: 3 } }, true],
    [{ severity: { min: 4 } }, false],
    [{ severity: { min: 3, max: 3 } }, true],
    [{ severity: { not: { max: 3 } } }, false],
    [{ key: 'k1', via: 'http' }, true],
    [{ key: { not: '*' } }, false],
    [{ 'metadata.tier': 1 }, true],
    [{ 'metadata.tier': '1' }, false],
    [{ 'metadata.tier': { min: 0.5 } }, true],
    [{ 'metadata.name': { min: 0 } }, false],
    [{ 'metadata.name': 'login.*' }, true],
    [{ 'metadata.tier': '*' }, false],
    [{ 'metadata.big': true }, true],
    [{ 'metadata.big': 'true' }, false],
    [{ 'metadata.nil': null }, true],
    [{ 'metadata.nil': { not: null } }, false],
    [{ 'metadata.list': 'a' }, false],
    [{ 'metadata.absent': null }, false],
    [{ 'metadata.absent': '*' }, false],
    [{ 'metadata.absent': { not: 'x' } }, true],
    [{ 'metadata.absent': { not: { not: 'x' } } }, false],
    [{ 'metadata.constructor': { not: 'x' } }, true],
    [{ 'metadata.http.status': 200 }, true],
    [{ 'metadata.http.x.y': 'deep' }, true],
    [{ 'metadata.http.none.x': { not: 1 } }, true],
    [{ 'metadata.name.length': 8 }, false],
    [{ 'metadata.list.0': 'a' }, false],
  ])('%j: %s', (match, expected) => {
    expect(meets(match, message)).toBe(expected);
  });

  it('of an absent key is met by `not` alone', () => {
    const unsigned = received();
    const conditions: [Condition, boolean][] = [
      ['*', false],
      ['k1', false],
      [{ not: '*' }, true],
      [{ not: ['k1'] }, true],
    ];
    for (const [key, expected] of conditions) expect(meets({ key }, unsigned)).toBe(expected);
  });
});

describe('explainRoutes', () => {
  it('says which condition failed, what came and what was wanted', () => {
    const routes: Route[] = [
      { match: { type: 'counter' }, to: ['statsd'] },
      { match: { type: 'exception', severity: { max: 3 }, 'metadata.tier': 1 }, to: ['sentry'] },
      { otherwise: true, to: ['other'] },
    ];
    expect(explainRoutes(routes, SINKS, received())).toEqual({
      sinks: ['statsd'],
      routes: [
        { to: ['statsd'], applied: true, failed: [], takenBy: [] },
        {
          to: ['sentry'],
          applied: false,
          failed: [
            { key: 'type', came: 'counter', wanted: 'exception' },
            { key: 'severity', came: 6, wanted: { max: 3 } },
            { key: 'metadata.tier', came: undefined, wanted: 1 },
          ],
          takenBy: [],
        },
        { to: ['other'], applied: false, failed: [], takenBy: [0] },
      ],
    });
  });
});
