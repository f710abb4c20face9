import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/index.ts';
import { headerLine, messageLine } from '../support/lines.ts';
import { range } from '../support/numbered.ts';
import { memorySink, runRouter, sendRaw, untilAccepted } from '../support/running-router.ts';

// What routers of Metlog got wrong before this one: a queue in memory for each output, which grew while the output was away.

const MIB = 1024 ** 2;
const SEGMENT_BYTES = MIB;
const JOURNAL_BYTES = 16 * MIB;
const MESSAGE_BYTES = 2_000;
const MESSAGES_A_DATAGRAM = 20;
/** As much as fits into the smallest receive buffer. */
const DATAGRAMS_A_STROKE = 4;
const STROKES = 800;
const COUNT = STROKES * DATAGRAMS_A_STROKE * MESSAGES_A_DATAGRAM;
/** What may be held for sinks, decoded and as text; a fifth of what all that passes would take. */
const MAX_GROWTH_BYTES = 24 * MIB;

/** What the receiving thread tells of at most while nobody listens. */
const MAX_UNHEARD_BYTES = 16 * MIB;
const BODIES = 48;
/** Of the messages in a body that is almost 1 MiB long. */
const BODY_BYTES = 50_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function aDatagram(seq: number, messageBytes = MESSAGE_BYTES): string {
  const lines = range(seq, seq + MESSAGES_A_DATAGRAM).map((n) =>
    messageLine(`n${n}`, { payload: `${n} `.padEnd(messageBytes, 'x') }),
  );
  return [headerLine({ sender: 'a', seq }), ...lines, ''].join('\n');
}

/** Without a turn for anything else in this thread. */
const sleepMs = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const folderBytes = (dir: string): number =>
  readdirSync(dir).reduce((sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0), 0);

it('a sink that is away makes neither memory nor disk grow past what they are given, and what goes is counted', async () => {
  const batches: (readonly ReceivedMessage[])[] = [];
  const { router, config } = await runRouter({
    sinks: {
      hung: ({ name }) => ({
        name,
        write(messages) {
          batches.push(messages);
          return new Promise(() => undefined);
        },
        close: () => Promise.resolve(),
      }),
    },
    routes: [{ match: {}, to: ['hung'] }],
    archive: { except: { type: 'counter' } },
    journal: { maxBytes: JOURNAL_BYTES, segmentBytes: SEGMENT_BYTES, segmentMs: 1_000 },
    closeDeadlineMs: 200,
  });
  const before = usedBytes();
  for (let stroke = 0, seq = 0; stroke < STROKES; stroke++) {
    const datagrams = range(0, DATAGRAMS_A_STROKE).map((i) => aDatagram(seq + i * MESSAGES_A_DATAGRAM));
    seq += DATAGRAMS_A_STROKE * MESSAGES_A_DATAGRAM;
    await sendRaw(router, ...datagrams);
    await untilAccepted(router, seq);
  }
  await expect.poll(async () => (await router.stats()).sinks['hung']?.routed).toBe(COUNT);
  const growth = usedBytes() - before;
  expect(COUNT * MESSAGE_BYTES).toBeGreaterThan(MAX_GROWTH_BYTES * 5);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
  await expect.poll(() => folderBytes(join(config.dataDir, 'journal'))).toBeLessThan(JOURNAL_BYTES + 2 * SEGMENT_BYTES);
  const book = (await router.stats()).sinks['hung'];
  expect(book).toMatchObject({ routed: COUNT, delivered: 0, deadLettered: 0, waiting: COUNT - (book?.expired ?? 0) });
  expect(book?.expired).toBeGreaterThan(COUNT / 2);
  // It has one batch, and is not given another.
  expect(batches).toHaveLength(1);
});

it('what comes while the process is busy does not pile up in it, and reaches its sink all the same', async () => {
  const { sink, factory } = memorySink();
  const { router, config } = await runRouter({
    sinks: { all: factory },
    routes: [{ match: {}, to: ['all'] }],
    journal: { segmentBytes: SEGMENT_BYTES },
  });
  const journal = join(config.dataDir, 'journal');
  let heardBytes = 0;
  router.tap((text) => (heardBytes += text.length));
  const bodies = range(0, BODIES).map((i) => Buffer.from(aDatagram(i * MESSAGES_A_DATAGRAM, BODY_BYTES)));
  const sentBytes = bodies.reduce((sum, { length }) => sum + length, 0);
  for (const body of bodies) void router.accept(body, 'http');
  // This thread does nothing else until the other has journaled all.
  const endMs = performance.now() + 20_000;
  while (folderBytes(journal) < sentBytes && performance.now() < endMs) sleepMs(5);
  const count = BODIES * MESSAGES_A_DATAGRAM;
  await expect.poll(async () => (await router.stats()).sinks['all']?.delivered).toBe(count);
  expect(sink.messages.map(({ offset }) => offset)).toEqual(range(0, count));
  expect(sentBytes).toBeGreaterThan(MAX_UNHEARD_BYTES * 2);
  expect(heardBytes).toBeLessThan(MAX_UNHEARD_BYTES + 2 * SEGMENT_BYTES);
  expect(heardBytes).toBeGreaterThan(MAX_UNHEARD_BYTES / 2);
});
