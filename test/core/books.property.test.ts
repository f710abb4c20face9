import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCoreClient } from '../../src/core/client.ts';
import { FULL_PARTS } from '../../src/core/full-parts.ts';
import type { Metlog } from '../../src/core/metlog.ts';
import { resolveOptions, type MetlogOptions } from '../../src/core/options.ts';
import { REPORT_TYPE } from '../../src/core/report.ts';
import type { SendResult } from '../../src/core/transport.ts';
import { withRetry } from '../../src/core/with-retry.ts';
import {
  createManualPlatform,
  createMemoryTransport,
  type ManualPlatform,
  type MemoryOutcome,
  type MemoryTransport,
} from '../../src/testing/index.ts';

/** A client between a clock and transports that the test moves, and all that it has promised. */
interface World {
  readonly metlog: Metlog;
  readonly platform: ManualPlatform;
  readonly transports: MemoryTransport[];
  /** What `flush` and `close` answered. */
  readonly pending: Promise<unknown>[];
}

function createWorld(options: MetlogOptions): World {
  const platform = createManualPlatform();
  const transports: MemoryTransport[] = [];
  const resolved = resolveOptions({ logger: 'app', dest: 'memory:', onError: () => undefined, ...options }, {}, '');
  const { metlog } = createCoreClient(resolved, {
    ...FULL_PARTS,
    platform,
    openTransport(dest) {
      if (dest === 'nowhere:') return 'there is no such place';
      const transport = createMemoryTransport(platform, { datagramBytes: 600, maxBytes: 900 });
      transports.push(transport);
      return withRetry(transport, { maxAttempts: 3, baseMs: 100, maxMs: 400 }, platform);
    },
    addressOf: (host, port) => `memory://${host}:${port}`,
    onClosed: () => undefined,
  });
  return { metlog, platform, transports, pending: [] };
}

function expectBalanced({ metlog }: World): void {
  const { accepted, sent, queued, merged, dropped } = metlog.stats;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const counts = [sent, queued, merged, lost];
  expect(accepted, JSON.stringify(metlog.stats)).toBe(counts.reduce((sum, count) => sum + count));
  for (const count of counts) expect(count).toBeGreaterThanOrEqual(0);
}

/** Numbers of the messages that left, by sender, in the order of their count. */
function sequencesOf(transports: readonly MemoryTransport[]): Map<string, number[]> {
  const bySender = new Map<string, number[]>();
  for (const text of transports.flatMap(({ datagrams }) => datagrams)) {
    const [headerLine = '', ...lines] = text.trimEnd().split('\n');
    const { sender, seq } = JSON.parse(headerLine) as { sender: string; seq: number };
    const known = bySender.get(sender) ?? [];
    bySender.set(sender, [...known, ...lines.map((_, index) => seq + index)]);
  }
  return bySender;
}

type Step = (world: World) => void | Promise<void>;

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;
const options = fc.oneof(
  fc.constant(undefined),
  fc.record(
    {
      metadata: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
      severity: fc.integer({ min: 0, max: 7 }),
      rate: fc.constantFrom(0, 0.5, 1),
      flavors: fc.constantFrom<string[][]>([], ['known'], ['unknown']),
      timestamp: fc.constantFrom<unknown>(0, new Date(1e12), '2026-01-01', undefined),
      logger: fc.constantFrom('app', 'other', undefined),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom<unknown>(
    null,
    'text',
    7,
    { metadata: cyclic },
    { metadata: 5 },
    { severity: 9 },
    { rate: -1 },
    { rate: Number.NaN },
    { flavors: 'known' },
    { timestamp: 'noon' },
    { logger: '' },
    { count: Infinity },
    { payload: 5 },
    {
      get metadata() {
        throw new Error('a getter');
      },
    },
    { metadata: { blob: 'x'.repeat(5_000) } },
    { metadata: { numbers: Array.from({ length: 1_000 }, () => 123_456) } },
  ),
) as fc.Arbitrary<never>; // wrong calls are the point, so what comes fits no type
const names = fc.constantFrom<unknown>(
  'a',
  'b',
  'long'.repeat(50),
  '',
  'n'.repeat(300),
  5,
  'lone \ud800',
  '"\n',
) as fc.Arbitrary<never>;
const numbers = fc.oneof(fc.double(), fc.constantFrom<unknown>('1', null)) as fc.Arbitrary<never>;
const things = fc.oneof(fc.anything(), fc.constant(new Error('boom')));

const calls: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(names, options).map(
    ([name, given]): Step =>
      (world) =>
        world.metlog.incr(name, given),
  ),
  fc.tuple(names, numbers, options).map(
    ([name, value, given]): Step =>
      (world) =>
        world.metlog.gauge(name, value, given),
  ),
  fc.tuple(names, numbers, options).map(
    ([name, ms, given]): Step =>
      (world) =>
        world.metlog.timing(name, ms, given),
  ),
  fc.tuple(names, options).map(
    ([type, given]): Step =>
      (world) =>
        world.metlog.send(type, given),
  ),
  fc.tuple(things, options).map(
    ([thing, given]): Step =>
      (world) =>
        world.metlog.exception(thing, given),
  ),
  fc.tuple(things, options).map(
    ([thing, given]): Step =>
      (world) =>
        world.metlog.debug(thing, given),
  ),
  fc.tuple(things, options).map(
    ([thing, given]): Step =>
      (world) =>
        world.metlog.error(thing, given),
  ),
  fc.tuple(names, options).map(
    ([name, given]): Step =>
      (world) =>
        void world.metlog.timer(name, given).stop(),
  ),
  fc.tuple(names, options).map(([name, given]): Step => async (world) => {
    await world.metlog.time(name, async () => 1, given);
  }),
  fc.nat(30).map((count): Step => (world) => {
    for (let index = 0; index <= count; index += 1)
      world.metlog.child({ logger: 'child' }).incr('many', { metadata: { index } });
  }),
);

const outcomes = fc.oneof(
  fc.constant<MemoryOutcome>({ status: 'sent' }),
  fc.constant<MemoryOutcome>({ status: 'sent', refusedCount: 1 }),
  fc.constant<MemoryOutcome>({ status: 'retry', reason: 'unreachable', cause: 'nobody there' }),
  fc.constant<MemoryOutcome>({ status: 'retry', reason: 'send-failed', cause: 'busy', afterMs: 50 }),
  fc.constant<MemoryOutcome>({ status: 'refused', reason: 'refused', cause: 'no' }),
  fc.constant<MemoryOutcome>('hang'),
);
const releases = fc.constantFrom<SendResult>(
  { status: 'sent' },
  { status: 'retry', reason: 'unreachable', cause: 'nobody there' },
  { status: 'refused', reason: 'too-large', cause: 'no' },
);

const events: fc.Arbitrary<Step> = fc.oneof(
  fc.array(outcomes, { maxLength: 4 }).map(
    (next): Step =>
      (world) =>
        world.transports.at(-1)?.next(...next),
  ),
  releases.map((result): Step => (world) => {
    for (const transport of world.transports) transport.release(result);
  }),
  fc.integer({ min: 0, max: 1_000 }).map(
    (ms): Step =>
      (world) =>
        world.platform.advance(ms),
  ),
  fc.constantFrom('memory:one', 'memory:two', 'nowhere:').map(
    (dest): Step =>
      (world) =>
        world.metlog.setMetlogDest(dest),
  ),
  fc.constant<Step>((world) => void world.pending.push(world.metlog.flush(300))),
  fc.constant<Step>((world) => world.metlog.setMetadata({ user: 'u1', gone: null })),
  fc.constant<Step>((world) => world.metlog.addFlavor('known', { tier: 1 })),
  fc.constant<Step>((world) => world.platform.settle()),
);

const settings: fc.Arbitrary<MetlogOptions> = fc.record(
  {
    aggregate: fc.boolean(),
    rate: fc.constantFrom(0, 0.4, 1),
    maxQueueBytes: fc.constantFrom(1_024, 3_000, 1_000_000),
    flushMs: fc.constantFrom(0, 100),
    timers: fc.constantFrom({}, { a: 0 }, { '*': 0.5 }),
    filters: fc.constantFrom<NonNullable<MetlogOptions['filters']>>(
      [],
      [(message) => (message.type === 'gauge' ? null : message)],
      [
        () => {
          throw new Error('a filter');
        },
      ],
      [(message) => ({ ...message, metadata: { ...message.metadata, seen: true } })],
    ),
  },
  { requiredKeys: [] },
);

const RUNS = { numRuns: 300 };

describe('the book of a client', () => {
  it('balances at every quiet moment, whatever is called, fails, and takes its time', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(fc.oneof({ weight: 3, arbitrary: calls }, { weight: 1, arbitrary: events }), { maxLength: 60 }),
        async (given, steps) => {
          const world = createWorld(given);
          for (const step of steps) {
            await step(world);
            expectBalanced(world);
            await Promise.resolve();
            expectBalanced(world);
          }
          await expectSettled(world);
        },
      ),
      RUNS,
    );
  });

  it('counts each call once: none accepted while the client is disabled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { maxLength: 20 }), async (steps) => {
        const world = createWorld({ enabled: false });
        for (const step of steps) await step(world);
        expect(world.metlog.stats).toEqual({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} });
      }),
      { numRuns: 50 },
    );
  });
});

/** Closes the client and looks at what became of everything. */
async function expectSettled(world: World): Promise<void> {
  const { metlog, platform, transports } = world;
  const closed = metlog.close(5_000);
  await platform.settle();
  platform.advance(10_000);
  await platform.settle();
  await Promise.all([closed, metlog.close(), ...world.pending]);
  expectBalanced(world);
  expect(metlog.stats.queued).toBe(0);
  expect(platform.holdCount).toBe(0);
  metlog.incr('too late');
  expectBalanced(world);
  expect(metlog.stats.dropped.closed).toBeGreaterThan(0);

  const arrived = transports
    .flatMap((transport) => transport.messages())
    .filter(({ type }) => type !== REPORT_TYPE).length;
  // What the other side refused by name had reached it.
  expect(arrived - metlog.stats.sent).toBeGreaterThanOrEqual(0);
  expect(arrived - metlog.stats.sent).toBeLessThanOrEqual(metlog.stats.dropped.refused ?? 0);
  for (const numbers of sequencesOf(transports).values()) {
    expect(new Set(numbers).size, 'a number was given twice').toBe(numbers.length);
  }
}

describe('the numbers of a sender', () => {
  it('run from 0 without a gap where everything leaves, each message once', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(calls, { maxLength: 60 }), async (given, steps) => {
        const world = createWorld(given);
        for (const step of steps) await step(world);
        await world.metlog.close();
        const sequences = [...sequencesOf(world.transports).values()];
        const sorted = sequences.flat().sort((a, b) => a - b);
        const { sent } = world.metlog.stats;
        expect(sorted).toEqual(Array.from({ length: sent > 0 ? sent + 1 : 0 }, (_, index) => index)); // and its report
      }),
      { numRuns: 100 },
    );
  });
});
