import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../../src/core/encode.ts';
import type { FullFrame } from '../../../src/core/stack.ts';
import type { DecodedBatch } from '../../../src/core/decode.ts';
import { refusal } from '../../../src/core/refusal.ts';
import { createDescriber } from '../../../src/router/exceptions/describer.ts';
import type { MapLookup } from '../../../src/router/exceptions/map-lookup.ts';
import { createInputStats } from '../../../src/router/input/counters.ts';
import { createIntake } from '../../../src/router/input/intake.ts';
import { createSenderLedger } from '../../../src/router/input/sender-ledger.ts';
import { SOURCE } from '../support/intake.ts';
import { messageLine, NOON_MS } from '../support/lines.ts';
import { pageLine } from './support/page-line.ts';

const error = Object.assign(new TypeError('no'), { stack: 'a@https://shop.example/app.js:1:9' });

/** Maps that answer when they are told to; every frame was in `cart.ts`. */
function createSlowMaps(): MapLookup & { answer(): void } {
  const waiting: (() => void)[] = [];
  return {
    mayHave: ({ release }) => release === '1.0',
    find: ({ frames }) =>
      new Promise((resolve) => {
        const found: FullFrame[] = frames.map((frame) => ({ ...frame, filename: 'cart.ts', lineno: 42 }));
        waiting.push(() => resolve(found));
      }),
    close: () => Promise.resolve(),
    answer() {
      for (const settle of waiting.splice(0)) settle();
    },
  };
}

function createTestIntake(maps: MapLookup) {
  const stats = createInputStats();
  const written: string[] = [];
  const intake = createIntake({
    now: () => NOON_MS,
    monotonic: () => 0,
    soon: (task) => task(),
    ledger: createSenderLedger({ knowsAll: true }),
    stats,
    describer: createDescriber(maps),
    journal: {
      append(piece, _, __, settle) {
        written.push(...piece.split('\n').filter((line) => line !== '' && !line.startsWith('{"metlog"')));
        settle(true);
      },
    },
  });
  return { intake, stats, written };
}

const body = (seq: number, ...lines: readonly string[]): Buffer =>
  Buffer.from([encodeHeader({ metlog: 1, logger: 'shop', sender: 'page', seq }), ...lines].join('\n'));

describe('createDescriber', () => {
  it('hands back what has no exception of a page, as it is', () => {
    const batch: DecodedBatch = {
      header: { metlog: 1, logger: 'shop' },
      lines: [messageLine('n1'), refusal('not-json'), pageLine(error, {}, { frames: [], fingerprint: 'f' })],
    };
    expect(createDescriber().describe(batch)).toBe(batch);
  });

  it('describes exceptions at once where there is no map of their release', () => {
    const batch: DecodedBatch = {
      header: { metlog: 1, logger: 'shop' },
      lines: [pageLine(error), refusal('not-json')],
    };
    const described = createDescriber(createSlowMaps()).describe(batch);
    expect(described).toMatchObject({
      header: batch.header,
      lines: [expect.stringContaining('"frames":[{'), batch.lines[1]],
    });
  });
});

describe('a body whose exceptions wait for source maps', () => {
  it('is journaled as one once they are there, and what comes meanwhile goes before', async () => {
    const maps = createSlowMaps();
    const { intake, stats, written } = createTestIntake(maps);
    const held = intake.accept(body(0, messageLine('n1'), pageLine(error, { release: '1.0' })), 'http');
    intake.take(body(2, messageLine('n2')), SOURCE);
    expect(written).toEqual([messageLine('n2')]);
    expect(stats).toMatchObject({ read: 2, lines: 1, accepted: 1, pending: 0 });
    maps.answer();
    expect(await held).toEqual({ accepted: 2, duplicates: 0, refused: [] });
    expect(written.slice(1)).toEqual([messageLine('n1'), expect.stringContaining('"lineno":42')]);
    expect(stats).toMatchObject({ read: 2, lines: 3, accepted: 3, pending: 0 });
  });

  it('is taken once, also when it comes again while it waits', async () => {
    const maps = createSlowMaps();
    const { intake, written } = createTestIntake(maps);
    const line = pageLine(error, { release: '1.0' });
    const answers = [intake.accept(body(0, line), 'http'), intake.accept(body(0, line), 'http')];
    maps.answer();
    expect(await Promise.all(answers)).toMatchObject([{ accepted: 1 }, { accepted: 0, duplicates: 1 }]);
    expect(written).toHaveLength(1);
  });

  it('is journaled before the intake is closed', async () => {
    const maps = createSlowMaps();
    const { intake, written } = createTestIntake(maps);
    intake.take(body(0, pageLine(error, { release: '1.0' })), SOURCE);
    const closed = intake.close();
    maps.answer();
    await closed;
    expect(written).toHaveLength(1);
  });

  it('keeps its places once too much waits', async () => {
    const maps = createSlowMaps();
    const { intake, written } = createTestIntake(maps);
    const long = pageLine(error, { release: '1.0', filler: 'x'.repeat(1024 * 1024) });
    for (let seq = 0; seq < 17; seq++) intake.take(body(seq, long), SOURCE);
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('"filename":"https://shop.example/app.js"');
    maps.answer();
    await intake.close();
    expect(written).toHaveLength(17);
  });
});
