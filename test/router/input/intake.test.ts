import { describe, expect, it } from 'vitest';
import { createInputStats } from '../../../src/router/input/counters.ts';
import { createIntake } from '../../../src/router/input/intake.ts';
import { MAX_PIECE_LENGTH } from '../../../src/router/input/run-builder.ts';
import { createSenderLedger } from '../../../src/router/input/sender-ledger.ts';
import { SOURCE } from '../support/intake.ts';
import { datagram, NOON_MS } from '../support/lines.ts';

describe('createIntake', () => {
  it('takes again exactly what could not be journaled of a body in pieces', async () => {
    const stats = createInputStats();
    const texts: string[] = [];
    let appends = 0;
    const intake = createIntake({
      now: () => NOON_MS,
      monotonic: () => 0,
      soon: (task) => task(),
      ledger: createSenderLedger({ knowsAll: true }),
      stats,
      journal: {
        append(text, _, __, settle) {
          const isKept = ++appends !== 2;
          if (isKept) texts.push(text);
          settle(isKept);
        },
      },
    });
    const total = 2_000;
    const body = Buffer.from(datagram('a', 0, total));
    expect(body.length).toBeGreaterThan(3 * MAX_PIECE_LENGTH);
    expect(await intake.accept(body, 'http')).toEqual({ rejected: 'journal-failed' });
    const lost = stats.journalFailed;
    expect(lost).toBeGreaterThan(0);
    expect(stats).toMatchObject({ accepted: total - lost, pending: 0 });
    expect(await intake.accept(body, 'http')).toEqual({ accepted: lost, duplicates: total - lost, refused: [] });
    const names = texts.join('').match(/"name":"n\d+"/g) ?? [];
    expect([names.length, new Set(names).size]).toEqual([total, total]);
  });

  it('answers once, also when the journal settles a piece at once', async () => {
    const intake = createIntake({
      now: () => NOON_MS,
      monotonic: () => 0,
      soon: (task) => task(),
      ledger: createSenderLedger({ knowsAll: true }),
      stats: createInputStats(),
      journal: { append: (_, __, ___, settle) => settle(true) },
    });
    expect(await intake.accept(Buffer.from(datagram('a', 0, 2)), 'http')).toMatchObject({ accepted: 2 });
  });

  it('takes again what could not be journaled of datagrams that shared a header, and journals what waits when it is closed', () => {
    const stats = createInputStats();
    const texts: string[] = [];
    let endTurn = (): void => undefined;
    let isDiskFull = true;
    const intake = createIntake({
      now: () => NOON_MS,
      monotonic: () => 0,
      soon: (task) => (endTurn = task),
      ledger: createSenderLedger({ knowsAll: true }),
      stats,
      journal: {
        append(text, _, __, settle) {
          if (!isDiskFull) texts.push(text);
          settle(!isDiskFull);
        },
      },
    });
    const takeAll = (): void => {
      for (const seq of [0, 1, 2]) intake.take(Buffer.from(datagram('a', seq, 1)), SOURCE);
    };
    takeAll();
    expect(stats).toMatchObject({ pending: 3, accepted: 0 });
    endTurn();
    expect(stats).toMatchObject({ pending: 0, journalFailed: 3 });
    isDiskFull = false;
    takeAll();
    takeAll();
    void intake.close();
    expect(stats).toMatchObject({ pending: 0, accepted: 3, duplicates: 3 });
    expect(texts.map((text) => text.match(/"name":"n\d"/g))).toEqual([['"name":"n0"', '"name":"n1"', '"name":"n2"']]);
  });
});
