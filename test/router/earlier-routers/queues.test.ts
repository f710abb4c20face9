import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/index.ts';
import { headerLine, messageLine } from '../support/lines.ts';
import { range } from '../support/numbered.ts';
import { runRouter, sendRaw, untilAccepted } from '../support/running-router.ts';

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

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function aDatagram(seq: number): string {
  const lines = Array.from({ length: MESSAGES_A_DATAGRAM }, (_, i) =>
    messageLine(`n${seq + i}`, { payload: `${seq + i} `.padEnd(MESSAGE_BYTES, 'x') }),
  );
  return [headerLine({ sender: 'a', seq }), ...lines, ''].join('\n');
}

async function folderBytes(dir: string): Promise<number> {
  const sizes = await Promise.all((await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

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
