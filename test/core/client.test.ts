import { describe, expect, it } from 'vitest';
import type { MetlogOptions, Problem } from '../../src/node/index.ts';
import { createTestMetlog, type SendResult } from '../../src/testing/index.ts';

/** A client that tells `problems` rather than throws. */
function setUp(options: MetlogOptions = {}) {
  const problems: Problem[] = [];
  const test = createTestMetlog({
    logger: 'shop',
    strict: false,
    onError: (problem) => problems.push(problem),
    ...options,
  });
  return {
    ...test,
    problems,
    reasons: () => problems.map(({ reason }) => reason),
    metadata: () => test.messages().map(({ metadata }) => metadata),
  };
}

const UNREACHABLE: SendResult = { status: 'refused', reason: 'unreachable', cause: 'nobody listens' };

describe('metadata', () => {
  it('merges: client, what was set, flavors in their order, call', () => {
    const { metlog, metadata } = setUp({
      metadata: { a: 'client', b: 'client', c: 'client', d: 'client', e: 'client' },
      flavors: { one: { c: 'one', d: 'one', e: 'one' } },
    });
    metlog.addFlavor('two', { d: 'two', e: 'two' });
    metlog.setMetadata({ b: 'set', c: 'set', d: 'set', e: 'set' });
    metlog.send('x', { flavors: ['one', 'two'], metadata: { e: 'call' } });
    metlog.send('x', { flavors: ['two', 'one'] });
    expect(metadata()).toEqual([
      { a: 'client', b: 'set', c: 'one', d: 'two', e: 'call' },
      { a: 'client', b: 'set', c: 'one', d: 'one', e: 'one' },
    ]);
  });

  it('keeps the keys of the SDK from being overwritten', () => {
    const { metlog, metadata } = setUp({ metadata: { name: 'client' } });
    metlog.incr('a');
    metlog.incr('a', { metadata: { name: 'call', rate: 'fast', exception: 1 } });
    metlog.exception('boom', { metadata: { exception: 'mine', name: 'n' } });
    metlog.send('x', { metadata: { rate: 5 } });
    expect(metadata()).toMatchObject([
      { name: 'n', user_exception: 'mine', exception: { value: 'boom' } }, // graver, so sent first
      { name: 'a', rate: 1, user_name: 'client' },
      { name: 'a', rate: 1, user_name: 'call', user_rate: 'fast', exception: 1 },
      { name: 'client', rate: 5 },
    ]);
  });

  it('that is set holds for later messages alone, those on the shortest way too', () => {
    const { metlog, metadata } = setUp();
    metlog.incr('a');
    metlog.setMetadata({ userId: 'u1' });
    metlog.incr('a');
    metlog.setMetadata({ userId: 'u2', plan: { tier: 1 } });
    metlog.incr('a');
    expect(metadata()).toEqual([
      { name: 'a', rate: 1 },
      { name: 'a', rate: 1, userId: 'u1' },
      { name: 'a', rate: 1, userId: 'u2', plan: { tier: 1 } },
    ]);
  });

  it('that is set to null goes, wherever it came from', () => {
    const { metlog, metadata } = setUp({ metadata: { region: 'eu', kept: 1 } });
    metlog.setMetadata({ userId: 'u1' });
    const child = metlog.child({ metadata: { tier: 1 } });
    child.setMetadata({ region: null, userId: null, tier: null, never: null });
    child.incr('a');
    metlog.setMetadata({ userId: null, region: null });
    metlog.incr('a');
    child.setMetadata({ region: 'us' });
    child.incr('a');
    expect(metadata()).toEqual([
      { name: 'a', rate: 1, kept: 1 },
      { name: 'a', rate: 1, kept: 1 },
      { name: 'a', rate: 1, kept: 1, region: 'us' },
    ]);
  });

  it('is copied when it is handed in', () => {
    const { metlog, metadata } = setUp();
    const given = { list: [1] };
    metlog.setMetadata(given);
    metlog.addFlavor('f', given);
    metlog.send('x', { metadata: given, flavors: ['f'] });
    given.list.push(2);
    metlog.send('x', { flavors: ['f'] });
    expect(metadata()).toEqual([{ list: [1] }, { list: [1] }]);
  });

  it('says where it was cut', () => {
    const { metlog, metadata } = setUp();
    metlog.send('x', { metadata: { list: Array.from({ length: 3_000 }, () => 1) } });
    expect(metadata()[0]?.['truncated']).toEqual(['metadata']);
  });

  it('names release and environment', () => {
    const { metlog, metadata } = setUp({ release: '1.2', environment: 'test' });
    metlog.incr('a');
    expect(metadata()).toEqual([{ name: 'a', rate: 1, release: '1.2', environment: 'test' }]);
  });
});

describe('a flavor that was never added', () => {
  it('is told once, and its message sent without it', () => {
    const { metlog, metadata, problems } = setUp();
    metlog.send('x', { metadata: { a: 1 }, flavors: ['nobody'] });
    metlog.send('x', { flavors: ['nobody else'] });
    expect(metadata()).toEqual([{ a: 1 }, {}]);
    expect(problems).toEqual([
      { reason: 'unknown-flavor', message: 'flavor "nobody" was never added; its messages are sent without it' },
    ]);
  });
});

describe('a child', () => {
  it('adds its logger and metadata to those above it, and shares the book', () => {
    const { metlog, messages } = setUp({ metadata: { a: 1, b: 1 } });
    const child = metlog.child({ logger: 'shop.payments', metadata: { b: 2, c: 2 } });
    const grandchild = child.child({ metadata: { c: 3 } });
    metlog.incr('n');
    child.incr('n');
    grandchild.incr('n');
    metlog.setMetadata({ d: 4 });
    grandchild.timer('n').stop();
    expect(messages().map(({ logger, metadata: { name: _, rate: __, ...rest } }) => [logger, rest])).toEqual([
      ['shop', { a: 1, b: 1 }],
      ['shop.payments', { a: 1, b: 2, c: 2 }],
      ['shop.payments', { a: 1, b: 2, c: 3 }],
      ['shop.payments', { a: 1, b: 2, c: 3, d: 4 }],
    ]);
    expect(child.stats).toEqual(metlog.stats);
  });

  it('closes nothing when it is closed', async () => {
    const { metlog, messages } = setUp();
    await metlog.child({}).close();
    metlog.incr('a');
    expect(messages()).toHaveLength(1);
  });

  it.each<[name: string, options: unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a text', 'shop'],
    ['an empty logger', { logger: '' }],
    ['a logger that is no text', { logger: 5 }],
    ['a logger that is too long', { logger: 'n'.repeat(300) }],
    ['metadata that is none', { metadata: 5 }],
    ['a getter that throws', { get metadata() { throw new Error('mine'); } }], // prettier-ignore
  ])('is there though its options are wrong: %s', (_, options) => {
    const { metlog, messages, reasons } = setUp();
    metlog.child(options as object).incr('a');
    expect(messages()).toMatchObject([{ logger: 'shop', metadata: { name: 'a' } }]);
    expect(reasons()).toEqual(['bad-setting']);
  });
});

describe('a wrong call', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const thrower = { get metadata(): never { throw new Error('mine'); } }; // prettier-ignore
  const textless = { get metadata(): never { throw Object.create(null); } }; // prettier-ignore

  it.each<[name: string, call: (metlog: ReturnType<typeof setUp>['metlog']) => void]>([
    ['no name', (metlog) => metlog.incr(undefined as never)],
    ['an empty name', (metlog) => metlog.incr('')],
    ['a name that is too long', (metlog) => metlog.incr('n'.repeat(257))],
    ['a symbol for a name', (metlog) => metlog.incr(Symbol('a') as never)],
    ['a count that is none', (metlog) => metlog.incr('a', { count: Number.NaN })],
    ['a count for the options', (metlog) => metlog.incr('a', 5 as never)],
    ['a text for the options', (metlog) => metlog.incr('a', 'b' as never)],
    ['null for the options', (metlog) => metlog.incr('a', null as never)],
    ['a list for the options', (metlog) => metlog.incr('a', [] as never)],
    ['a text for a value', (metlog) => metlog.gauge('a', '5' as never)],
    ['no value', (metlog) => (metlog.gauge as (name: string) => void)('a')],
    ['a rate above 1', (metlog) => metlog.incr('a', { rate: 1.5 })],
    ['a rate that is none', (metlog) => metlog.info('a', { rate: Number.NaN })],
    ['a severity of 8', (metlog) => metlog.send('x', { severity: 8 as never })],
    ['a severity of 1.5', (metlog) => metlog.incr('x', { severity: 1.5 as never })],
    ['a time that is none', (metlog) => metlog.send('x', { timestamp: 'yesterday' })],
    ['a date that is none', (metlog) => metlog.incr('x', { timestamp: new Date(Number.NaN) })],
    ['a time of the year 275760', (metlog) => metlog.incr('x', { timestamp: 8.64e15 })],
    ['an empty logger', (metlog) => metlog.send('x', { logger: '' })],
    ['flavors that are no list', (metlog) => metlog.send('x', { flavors: 'f' as never })],
    ['metadata that is no object', (metlog) => metlog.send('x', { metadata: [] as never })],
    ['metadata in itself', (metlog) => metlog.send('x', { metadata: cyclic })],
    ['a getter that throws', (metlog) => metlog.incr('x', thrower)],
    ['a getter that throws something without a text', (metlog) => metlog.incr('x', textless)],
    ['a payload that is no text', (metlog) => metlog.send('x', { payload: 5 as never })],
    ['no type', (metlog) => metlog.send(undefined as never)],
    ['an empty type', (metlog) => metlog.send('')],
    ['null for a type', (metlog) => metlog.send(null as never)],
    ['a definition without a schema', (metlog) => metlog.send({ type: 'x' } as never)],
    ['a log of what cannot be read', (metlog) => metlog.info(cyclic)],
    ['an exception with wrong options', (metlog) => metlog.exception(new Error('x'), { severity: 'bad' as never })],
  ])('is dropped, counted, and told once: %s', (_, call) => {
    const { metlog, messages, problems } = setUp();
    call(metlog);
    call(metlog);
    expect(messages()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 2, sent: 0, queued: 0, dropped: { invalid: 2 } });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/^a call was dropped: /);

    const strict = createTestMetlog();
    expect(() => call(strict.metlog)).toThrow();
    expect(strict.metlog.stats).toMatchObject({ accepted: 1, dropped: { invalid: 1 } });
  });

  it('says what came and what is wanted', () => {
    const { metlog, problems } = setUp();
    metlog.incr('a', { count: 'many' as never });
    expect(problems[0]?.message).toBe('a call was dropped: count must be a finite number, got "many"');
  });

  it.each<[name: string, call: (metlog: ReturnType<typeof setUp>['metlog']) => void]>([
    ['a flavor without a name', (metlog) => metlog.addFlavor('', {})],
    ['a flavor without metadata', (metlog) => metlog.addFlavor('f', null as never)],
    ['a flavor in itself', (metlog) => metlog.addFlavor('f', cyclic)],
    ['metadata that is none', (metlog) => metlog.setMetadata('x' as never)],
    ['metadata in itself', (metlog) => metlog.setMetadata(cyclic)],
    ['no plugin', (metlog) => metlog.use(undefined as never)],
    ['filters that are none', (metlog) => metlog.use({ name: 'p', filters: [5 as never] })],
    ['filters that are no list', (metlog) => metlog.use({ name: 'p', filters: {} as never })],
    ['a listener that is none', (metlog) => metlog.use({ name: 'p', filters: [() => null], onMessage: 'x' as never })],
  ])('of a setting changes nothing and is told: %s', (_, call) => {
    const { metlog, metadata, reasons } = setUp();
    call(metlog);
    metlog.incr('a');
    expect(metadata()).toEqual([{ name: 'a', rate: 1 }]);
    expect(reasons()).toEqual(['bad-setting']);
    expect(() => call(createTestMetlog().metlog)).toThrow();
  });
});

describe('what looks odd and is right', () => {
  it.each(['"quoted"', 'line\nbreak', 'nul\u0000', '__proto__', 'constructor', '😀', 'half \ud800 pair', ' '])(
    'takes %j for a name, on every way',
    (name) => {
      const { metlog, metadata } = setUp();
      metlog.incr(name);
      metlog.incr(name, { metadata: { a: 1 } });
      metlog.timing(name, 1);
      const wanted = name.replace('\ud800', '\ufffd');
      expect(metadata().map((each) => each['name'])).toEqual([wanted, wanted, wanted]);
    },
  );

  it.each([
    [1e21, '1000000000000000000000'],
    [1e-9, '0.000000001'],
    [-0, '0'],
    [-3, '-3'],
  ])('takes %d for a count and a value', (value, payload) => {
    const { metlog, messages } = setUp();
    metlog.incr('a', { count: value });
    metlog.gauge('a', value);
    expect(messages().map((message) => message.payload)).toEqual([payload, payload]);
  });

  it('takes options and metadata without a prototype', () => {
    const { metlog, metadata } = setUp();
    const bare = (value: object) => Object.assign(Object.create(null) as object, value);
    metlog.incr('a', bare({ metadata: bare({ a: 1 }) }));
    expect(metadata()).toEqual([{ name: 'a', rate: 1, a: 1 }]);
  });
});

describe('a duration that its caller has sampled', () => {
  it('is sent with the rate that it says, whatever falls', () => {
    const { metlog, metadata } = setUp();
    for (let n = 0; n < 100; n++) metlog.timing('x', 1, { rate: 0.1, sampled: true });
    expect(metadata()).toEqual(Array(100).fill({ name: 'x', rate: 0.1 }));
  });

  it('is sampled by the rate that is configured for its name as well', () => {
    const { metlog, metadata } = setUp({ timers: { 'a.*': 0.5, 'b.*': 0 } });
    for (let n = 0; n < 100; n++)
      for (const name of ['a.x', 'b.x']) metlog.timing(name, 1, { rate: 0.5, sampled: true });
    expect(metadata()).toEqual(Array(50).fill({ name: 'a.x', rate: 0.25 }));
  });
});

describe('a duration or a payload beyond all measure', () => {
  it.each([1e14, -1e15, 1e17, 1e300])('of %d ms is a wrong call', (elapsedMs) => {
    const { metlog, messages } = setUp();
    metlog.timing('x', elapsedMs);
    metlog.timing('x', elapsedMs, { metadata: { a: 1 } });
    expect(messages()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 2, dropped: { invalid: 2 } });
  });

  it('is cut before it is encoded, and the message says so', async () => {
    const { metlog, messages } = setUp();
    metlog.send('x', { payload: 'y'.repeat(3_000_000) });
    await metlog.flush();
    expect(messages()[0]?.metadata['truncated']).toEqual(['payload']);
    expect(messages()[0]?.payload.length).toBeLessThanOrEqual(1024 * 1024 + 1);
  });

  it('of an exception names all that was cut, by whichever hand', async () => {
    const { metlog, metadata } = setUp();
    metlog.exception(new Error('x'.repeat(200_000)), { metadata: { text: 'y'.repeat(40_000) } });
    metlog.error(new Error('short'));
    await metlog.flush();
    expect(metadata().map(({ truncated }) => truncated)).toEqual([
      ['payload', 'metadata.exception.value', 'metadata', 'metadata.text'],
      undefined,
    ]);
    expect((metadata()[0]?.['exception'] as { frames: unknown[] }).frames).not.toEqual([]);
  });

  it('is not aggregated where metadata was cut', async () => {
    const { metlog, metadata } = setUp({ aggregate: true });
    const deep: Record<string, unknown> = {};
    let inner = deep;
    for (let level = 0; level < 30; level += 1) inner = inner['a'] = {};
    metlog.incr('x', { metadata: deep });
    metlog.incr('x', { metadata: deep });
    await metlog.flush();
    expect(metadata().map(({ truncated }) => truncated)).toEqual([['metadata'], ['metadata']]);
  });
});

describe('onError', () => {
  it('may throw, use the client, and change its destination', async () => {
    let calls = 0;
    const test = createTestMetlog({
      strict: false,
      onError: () => {
        calls += 1;
        test.metlog.incr('from onError');
        test.metlog.incr('');
        test.metlog.setMetlogDest('memory:other');
        throw new Error('mine');
      },
    });
    test.transports[0]?.next(UNREACHABLE);
    test.metlog.incr('a');
    expect(await test.metlog.flush()).toBe(true);
    test.metlog.incr('');
    await test.metlog.flush();
    expect(calls).toBe(2); // unreachable, then invalid: once a reason
    expect(test.transports).toHaveLength(3);
    expect(test.metlog.stats).toMatchObject({
      accepted: 6,
      sent: 2,
      queued: 0,
      dropped: { unreachable: 1, invalid: 3 },
    });
  });

  it('is by default one warning a reason', () => {
    const { metlog, platform } = createTestMetlog({ strict: false });
    for (let index = 0; index < 5; index += 1) {
      metlog.incr('');
      metlog.send('x', { flavors: ['nobody'] });
    }
    expect(platform.warnings).toEqual([
      'metlog: a call was dropped: name must be a text of 1 to 256 characters, got ""',
      'metlog: flavor "nobody" was never added; its messages are sent without it',
    ]);
  });
});

describe('debug', () => {
  it('prints each message as it is recorded, after filters', () => {
    const { metlog, platform } = setUp({
      debug: true,
      filters: [(message) => (message.type === 'gauge' ? null : message)],
    });
    metlog.incr('a', { metadata: { password: 'x' } });
    metlog.gauge('b', 1);
    expect(platform.warnings).toEqual([
      'metlog: {"type":"counter","timestamp":"2026-01-01T00:00:00.000Z","logger":"shop","severity":6,"payload":"1","metadata":{"name":"a","rate":1,"password":"[redacted]"}}',
    ]);
  });
});

describe('enabled: false', () => {
  it('records nothing, opens nothing, and runs what it is given', () => {
    const { metlog, transports, platform, problems } = setUp({ enabled: false });
    metlog.incr('a');
    metlog.incr('');
    expect(metlog.time('a', () => 5)).toBe(5);
    expect(metlog.timer('a').stop()).toBe(0);
    metlog.exception(new Error('x'));
    expect(metlog.stats).toEqual({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} });
    expect([transports.length, platform.timerCount, problems.length]).toEqual([0, 0, 0]);
  });
});

describe('flush and close', () => {
  it('wait for each other, twice and within each other', async () => {
    const { metlog, platform, transports } = setUp();
    transports[0]?.next('hang');
    metlog.incr('a');
    const flushes = [metlog.flush(), metlog.flush()];
    const closes = [metlog.close(), metlog.close()];
    await platform.settle();
    expect(platform.holdCount).toBe(3);
    transports[0]?.release();
    expect(await Promise.all(flushes)).toEqual([true, true]);
    await Promise.all(closes);
    expect(platform.holdCount).toBe(0);
    expect(metlog.stats).toMatchObject({ accepted: 1, sent: 1, queued: 0 });
    expect(transports[0]?.isClosed).toBe(true);
  });

  it('flush answers false once its time is over, and holds the process no longer', async () => {
    const { metlog, platform, transports } = setUp();
    transports[0]?.next('hang');
    metlog.incr('a');
    const flushed = metlog.flush(500);
    platform.advance(499);
    await platform.settle();
    expect(platform.holdCount).toBe(1);
    platform.advance(1);
    expect(await flushed).toBe(false);
    expect(platform.holdCount).toBe(0);
    expect(metlog.stats.queued).toBe(1);
  });

  it('flush comes to its end while others keep talking', async () => {
    const { metlog, platform, transports } = setUp({ maxDatagramBytes: 512 });
    transports[0]?.next('hang');
    metlog.incr('a');
    const flushed = metlog.flush();
    transports[0]?.next('hang');
    for (let index = 0; index < 5; index += 1) metlog.incr('more');
    await platform.settle();
    transports[0]?.release();
    transports[0]?.next(...Array.from({ length: 5 }, () => 'hang' as const));
    for (let index = 0; index < 5; index += 1) metlog.incr('even more');
    expect(await flushed).toBe(true);
    expect(metlog.stats.queued).toBeGreaterThan(0);
  });

  it.each([Number.NaN, -1, 0, 'soon', null])('flush takes %j for no time at all', async (timeout) => {
    const { metlog, platform, transports } = setUp();
    transports[0]?.next('hang');
    metlog.incr('a');
    const flushed = metlog.flush(timeout as number);
    platform.advance(0);
    expect(await flushed).toBe(false);
  });

  it('close counts what is left, and what comes later', async () => {
    const { metlog, platform, transports, reasons } = setUp();
    transports[0]?.next('hang');
    metlog.incr('a');
    const closed = metlog.close(100);
    metlog.incr('late');
    platform.advance(100);
    await closed;
    metlog.setMetlogDest('memory:other');
    metlog.incr('later');
    await platform.settle();
    expect(metlog.stats).toEqual({ accepted: 3, sent: 0, queued: 0, merged: 0, dropped: { closed: 3 } });
    expect(reasons()).toEqual(['closed']);
    expect(transports.every(({ isClosed }) => isClosed)).toBe(true);
  });
});

describe('shipping', () => {
  it('waits flushMs for company, then sends what there is', () => {
    const { metlog, platform, transports } = setUp({ flushMs: 50 });
    metlog.incr('a');
    platform.advance(30);
    metlog.incr('b');
    platform.advance(19);
    expect(transports[0]?.datagrams).toHaveLength(0);
    platform.advance(1);
    expect(transports[0]?.datagrams).toHaveLength(1);
    expect(transports[0]?.messages()).toHaveLength(2);
    expect(platform.timerCount).toBe(1); // its report, in a minute
  });

  it('sends a datagram once it is full, never larger than allowed', () => {
    const { metlog, platform, transports } = setUp({ maxDatagramBytes: 1_000 });
    for (let index = 0; index < 100; index += 1) metlog.incr(`naïve ${index}`);
    const { datagrams } = transports[0]!;
    expect(datagrams.length).toBeGreaterThan(10);
    for (const text of datagrams) {
      expect(platform.byteLength(text)).toBeLessThanOrEqual(1_000);
      expect(platform.byteLength(text)).toBeGreaterThan(800);
    }
  });

  it('has 64 datagrams under way at most, and keeps the rest', async () => {
    const { metlog, platform, transports } = setUp({ maxDatagramBytes: 512 });
    transports[0]?.next(...Array.from({ length: 200 }, () => 'hang' as const));
    for (let index = 0; index < 1_000; index += 1) metlog.incr('a');
    expect(transports[0]?.attemptCount).toBe(64);
    expect(metlog.stats).toMatchObject({ accepted: 1_000, queued: 1_000 });
    const flushed = metlog.flush(10_000);
    for (let round = 0; round < 20; round += 1) {
      transports[0]?.release();
      await platform.settle();
    }
    expect(await flushed).toBe(true);
    expect(metlog.stats).toMatchObject({ sent: 1_000, queued: 0 });
  });

  it('drops the least valuable past the limit of its queue', () => {
    const { metlog, transports, messages, reasons } = setUp({
      maxQueueBytes: 2_000,
      flushMs: 60_000,
      maxDatagramBytes: 60_000,
    });
    for (let index = 0; index < 50; index += 1) metlog.debug(`debug ${index}`);
    metlog.incr('counter');
    metlog.exception('boom');
    expect(transports[0]?.datagrams).toHaveLength(0);
    const types = messages().map(({ type, payload }) => (type === 'log' ? payload : type));
    expect(types.slice(0, 2)).toEqual(['exception', 'counter']);
    expect(types.at(-1)).toBe('debug 49');
    expect(metlog.stats.dropped['queue-full']).toBe(52 - types.length);
    expect(reasons()).toEqual(['queue-full']);
  });

  it('survives a transport that breaks its promise', async () => {
    const { metlog, transports } = setUp();
    const { send } = transports[0]!;
    for (const broken of [
      () => Promise.reject(new Error('rejects')),
      () => {
        throw new Error('throws');
      },
    ]) {
      // prettier-ignore
      Object.assign(transports[0]!, { send: broken });
      metlog.incr('a');
      expect(await metlog.flush()).toBe(true);
    }
    Object.assign(transports[0]!, { send });
    metlog.incr('a');
    await metlog.flush();
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 1, queued: 0, dropped: { 'send-failed': 2 } });
  });

  it('counts what has no destination, also what waited when it went', () => {
    const test = setUp();
    test.metlog.setMetlogDest(null as never); // cannot be read: nothing changes
    test.metlog.incr('a');
    expect(test.messages()).toHaveLength(1);
  });
});
