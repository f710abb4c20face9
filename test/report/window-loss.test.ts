import { describe, expect, it } from 'vitest';
import { lossWords, windowLoss } from '../../src/report/window-loss.ts';
import type { PathRow } from '../../src/report/books.ts';
import { QUIET_PATH } from './memory-router.ts';
import { aPath, aRow, HOUR_MS } from './some-books.ts';

const T0 = 500_000 * HOUR_MS;
const NOW_MS = T0 + 5 * HOUR_MS + 1;
const books = (rows: readonly PathRow[], open = 0): typeof QUIET_PATH => ({
  ...QUIET_PATH,
  ...aPath(rows),
  senders: { ...QUIET_PATH.senders, open },
});

describe('windowLoss', () => {
  it('sums the hours that the window touches', () => {
    const rows = [0, 1, 2, 3].map((hour) =>
      aRow({ hourMs: T0 + hour * HOUR_MS, received: 10, missing: 10 ** hour, silent: 1 }),
    );
    const sum = (fromHour: number, toHour: number): number => {
      const window = { fromMs: T0 + fromHour * HOUR_MS, toMs: T0 + toHour * HOUR_MS, logger: undefined };
      return windowLoss(books(rows), window, NOW_MS).missing;
    };
    expect(sum(1, 3)).toBe(110);
    expect(sum(1.5, 2.5)).toBe(110);
    expect(sum(0.5, 0.6)).toBe(1);
    expect(sum(4, 5)).toBe(0);
  });

  it('has the hours that are not kept one by one in a window that begins two days ago or before, and says so', () => {
    const rows = [aRow({ hourMs: T0, received: 9, missing: 1 }), aRow({ hourMs: null, received: 90, missing: 10 })];
    const keptFromMs = T0 - 42 * HOUR_MS; // 48 hours, that of now among them
    const of = (fromMs: number): ReturnType<typeof windowLoss> =>
      windowLoss(books(rows), { fromMs, toMs: NOW_MS, logger: undefined }, NOW_MS);
    expect(of(keptFromMs)).toMatchObject({ missing: 1, hasOlder: false });
    expect(of(keptFromMs - 1)).toMatchObject({ missing: 11, received: 99, hasOlder: true });
  });

  it('takes one logger, and names those with loss', () => {
    const rows = [
      aRow({ logger: 'a', hourMs: T0, received: 9, missing: 1 }),
      aRow({ logger: 'b', hourMs: T0, received: 5, missing: 5 }),
      aRow({ logger: 'c', hourMs: T0, received: 9 }),
    ];
    const window = { fromMs: T0, toMs: T0 + 1, logger: undefined };
    expect(windowLoss(books(rows), window, NOW_MS)).toMatchObject({ missing: 6, received: 23, isLeast: false });
    expect(windowLoss(books(rows), window, NOW_MS).loggers.map(({ logger }) => logger)).toEqual(['b', 'a']);
    expect(windowLoss(books(rows), { ...window, logger: 'a' }, NOW_MS)).toMatchObject({ missing: 1, received: 9 });
  });

  it('is a lower bound while a sender is open or where one ended silently', () => {
    const window = { fromMs: T0, toMs: T0 + 1, logger: undefined };
    expect(windowLoss(books([aRow({ hourMs: T0 })], 1), window, NOW_MS).isLeast).toBe(true);
    expect(windowLoss(books([aRow({ hourMs: T0, silent: 1 })]), window, NOW_MS).isLeast).toBe(true);
    expect(windowLoss(books([]), window, NOW_MS).isLeast).toBe(false);
  });

  it('is a lower bound where a sender had to be forgotten or a number is not counted', () => {
    const window = { fromMs: T0, toMs: T0 + 1, logger: undefined };
    const row = aRow({ hourMs: T0, received: 9, missing: 1 });
    expect(windowLoss(books([row]), window, NOW_MS).isLeast).toBe(false);
    expect(windowLoss(books([{ ...row, numbered: 11 }]), window, NOW_MS).isLeast).toBe(true);
    const forgetful = { ...books([row]), senders: { ...QUIET_PATH.senders, evicted: 1 } };
    expect(windowLoss(forgetful, window, NOW_MS)).toMatchObject({ isLeast: true, loggers: [{ isLeast: true }] });
  });
});

describe('lossWords', () => {
  it.each([
    [
      { missing: 4, received: 996, silentSenders: 3, isLeast: true },
      '≥ 0.4 % missing (4 of 1,000), 3 senders ended silently',
    ],
    [{ missing: 4, received: 996, silentSenders: 0, isLeast: false }, '0.4 % missing (4 of 1,000)'],
    [{ missing: 0, received: 996, silentSenders: 1, isLeast: true }, '1 sender ended silently'],
    [{ missing: 0, received: 0, silentSenders: 0, isLeast: true }, null],
  ])('says what is known: %j', (loss, words) => {
    expect(lossWords(loss)).toBe(words);
  });
});
