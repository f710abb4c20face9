import { describe, expect, it } from 'vitest';
import type { MetlogOptions } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

function setUp(options: MetlogOptions = {}) {
  const test = createTestMetlog({
    logger: 'shop',
    aggregate: true,
    strict: false,
    onError: () => undefined,
    ...options,
  });
  const summary = () =>
    test.messages().map(({ type, payload, metadata: { name, calls } }) => [type, name, payload, calls]);
  return { ...test, summary };
}

describe('aggregation', () => {
  it('sums equal counters for one flush, and says of how many calls', async () => {
    const { metlog, platform, messages } = setUp({ flushMs: 100 });
    metlog.incr('a');
    metlog.incr('a', { count: 2.5 });
    metlog.incr('a');
    platform.advance(100);
    metlog.incr('a');
    expect(metlog.stats).toMatchObject({ accepted: 4, merged: 2, queued: 2 });
    expect(messages().map(({ payload, timestamp, metadata }) => [payload, timestamp, metadata])).toEqual([
      ['4.5', '2026-01-01T00:00:00.100Z', { name: 'a', rate: 1, calls: 3 }],
      ['1', '2026-01-01T00:00:00.100Z', { name: 'a', rate: 1, calls: 1 }],
    ]);
    await metlog.flush();
    expect(metlog.stats).toMatchObject({ accepted: 4, merged: 2, sent: 2, queued: 0 });
  });

  it('keeps the last of equal gauges', () => {
    const { metlog, summary } = setUp();
    for (const value of [5, 9, 7]) metlog.gauge('depth', value);
    expect(summary()).toEqual([['gauge', 'depth', '7', 3]]);
  });

  it('keeps apart what differs in type, name, rate, logger, severity, metadata or flavors', () => {
    const { metlog, summary } = setUp({ flavors: { f: { a: 1 } } });
    const child = metlog.child({ logger: 'child' });
    for (let round = 0; round < 2; round += 1) {
      metlog.incr('a');
      metlog.incr('b');
      metlog.gauge('a', 1);
      metlog.incr('a', { rate: 0.999_999_999 });
      metlog.incr('a', { logger: 'other' });
      metlog.incr('a', { severity: 5 });
      metlog.incr('a', { metadata: { a: 1 } });
      metlog.incr('a', { metadata: { a: '1' } });
      metlog.incr('a', { flavors: ['f'] });
      child.incr('a');
    }
    expect(summary()).toHaveLength(10);
    expect(
      summary().every(([type, , payload, calls]) => calls === 2 && payload === (type === 'gauge' ? '1' : '2')),
    ).toBe(true);
  });

  it('merges neither what has a time of its own nor timers, nor anything else', () => {
    const { metlog, summary } = setUp();
    for (let round = 0; round < 2; round += 1) {
      metlog.incr('a', { timestamp: 0 });
      metlog.timer('a').stop();
      metlog.timing('a', 1);
      metlog.send('x');
      metlog.info('x');
    }
    expect(metlog.stats.merged).toBe(0);
    expect(summary()).toHaveLength(10);
    expect(summary().every(([, , , calls]) => calls === undefined)).toBe(true);
  });

  it('holds metadata to the moment of the call', () => {
    const { metlog, messages } = setUp();
    const given = { a: 1 };
    metlog.incr('n', { metadata: given });
    given.a = 2;
    metlog.setMetadata({ user: 'u1' });
    metlog.incr('n');
    metlog.addFlavor('f', { tier: 1 });
    metlog.setMetadata({ user: null });
    metlog.incr('n');
    expect(messages().map(({ metadata: { name: _, rate: __, calls: ___, ...rest } }) => rest)).toEqual([
      { a: 1 },
      { user: 'u1' },
      {},
    ]);
  });

  it('drops a wrong call and keeps the rest', () => {
    const { metlog, summary } = setUp();
    metlog.incr('a');
    metlog.incr('');
    metlog.incr('a', { count: Number.NaN });
    metlog.incr('a', { metadata: 5 as never });
    metlog.incr(5 as never);
    expect(metlog.stats).toMatchObject({ accepted: 5, queued: 1, dropped: { invalid: 4 } });
    expect(summary()).toEqual([['counter', 'a', '1', 1]]);
  });

  it('drops a sum that is no number any more', () => {
    const { metlog, summary } = setUp();
    metlog.incr('a', { count: Number.MAX_VALUE });
    metlog.incr('a', { count: Number.MAX_VALUE });
    expect(summary()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 2, merged: 1, dropped: { invalid: 1 } });
  });

  it('does not let many names fill the memory', () => {
    const { metlog } = setUp({ maxQueueBytes: 10_000 });
    for (let index = 0; index < 25_000; index += 1) metlog.incr(`n${index}`);
    expect(metlog.stats.queued).toBeLessThan(11_000);
    expect(metlog.stats.accepted).toBe(25_000);
  });

  it('is drained by flush and close', async () => {
    const { metlog, summary } = setUp();
    metlog.incr('a');
    expect(await metlog.flush()).toBe(true);
    expect(metlog.stats).toMatchObject({ sent: 1, queued: 0 });
    metlog.incr('b');
    await metlog.close();
    expect(summary()).toEqual([
      ['counter', 'a', '1', 1],
      ['counter', 'b', '1', 1],
    ]);
  });
});
