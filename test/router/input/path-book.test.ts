import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReport, type SenderReport } from '../../../src/core/report.ts';
import type { SenderLedger } from '../../../src/router/input/ledger.ts';
import { HOUR_MS } from '../../../src/router/input/logger-hours.ts';
import { createSenderLedger, MAX_PLAUSIBLE_GAP, SILENT_AFTER_MS } from '../../../src/router/input/sender-ledger.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 24 * HOUR_MS;

const create = (options: Partial<Parameters<typeof createSenderLedger>[0]> = {}): SenderLedger =>
  createSenderLedger({ nowMs: NOON, knowsAll: true, ...options });

const reportLine = (report: Partial<SenderReport> = {}): string =>
  encodeReport({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {}, ageMs: 0, final: false, ...report }, NOON);

/** The sender reports with the message of this number. */
function report(ledger: SenderLedger, sender: string, seq: number, given: Partial<SenderReport>, nowMs = NOON): void {
  ledger.take(sender, seq, 1, nowMs, 'shop');
  ledger.report(sender, seq + 1, reportLine(given), nowMs);
}

describe('a sender that reports its end', () => {
  it('is closed, and what is missing of it is exact', () => {
    const ledger = create();
    ledger.take('a', 0, 5, NOON, 'shop');
    report(ledger, 'a', 8, { final: true });
    expect(ledger.book('a')).toEqual({ status: 'closed', next: 9, missing: 3 });
    expect(ledger.summary()).toMatchObject({
      senders: { open: 0, closed: 1, silent: 0 },
      total: { began: 1, closed: 1, silent: 0, numbered: 9, received: 6, missing: 3, uncounted: 0 },
      worst: [],
    });
  });

  it('stays closed when what it had said before comes late, which is missing no more', () => {
    const ledger = create();
    ledger.take('a', 0, 5, NOON, 'shop');
    report(ledger, 'a', 8, { final: true });
    expect(ledger.take('a', 4, 4, NOON, 'shop')).toEqual([1, 4]);
    expect(ledger.book('a')).toEqual({ status: 'closed', next: 9, missing: 0 });
    expect(ledger.summary().total).toMatchObject({ closed: 1, received: 9, missing: 0, duplicates: 1 });
  });

  it('is open again when it goes on, and closes again', () => {
    const ledger = create();
    report(ledger, 'a', 0, { final: true });
    ledger.take('a', 1, 1, NOON, 'shop');
    expect(ledger.book('a')?.status).toBe('open');
    expect(ledger.summary().total).toMatchObject({ closed: 0, silent: 0 });
    report(ledger, 'a', 2, { final: true });
    report(ledger, 'a', 2, { final: true }); // the datagram came twice
    expect(ledger.summary()).toMatchObject({ senders: { open: 0, closed: 1 }, total: { closed: 1 } });
  });

  it('is not closed by a report behind which it has said more', () => {
    const ledger = create();
    ledger.take('a', 1, 3, NOON, 'shop');
    report(ledger, 'a', 0, { final: true });
    expect(ledger.book('a')).toEqual({ status: 'open', next: 4, missing: 0 });
  });

  it.each(['{}', '', '{"type":"metlog.report","metadata":5}', reportLine({ final: 'yes' as never }), '[1]'])(
    'is not one whose report is %s',
    (line) => {
      const ledger = create();
      ledger.take('a', 0, 1, NOON, 'shop');
      ledger.report('a', 1, line, NOON);
      ledger.report('nobody', 1, reportLine({ final: true }), NOON);
      expect(ledger.summary().senders).toEqual({ open: 1, closed: 0, silent: 0, evicted: 0 });
    },
  );
});

describe('a sender that is not heard of for ten minutes', () => {
  it('is silent, until it says something', () => {
    const ledger = create();
    ledger.take('a', 0, 1, NOON, 'shop');
    report(ledger, 'b', 0, { final: true });
    ledger.sweep(NOON + SILENT_AFTER_MS);
    expect(ledger.summary().senders).toMatchObject({ open: 1, silent: 0 });
    ledger.sweep(NOON + SILENT_AFTER_MS + 1_000);
    ledger.sweep(NOON + SILENT_AFTER_MS + 2_000);
    expect(ledger.book('a')?.status).toBe('silent');
    expect(ledger.summary()).toMatchObject({
      senders: { open: 0, closed: 1, silent: 1 },
      total: { closed: 1, silent: 1 },
    });
    ledger.take('a', 0, 1, NOON + DAY_MS / 2, 'shop');
    expect(ledger.summary()).toMatchObject({ senders: { open: 1, silent: 0 }, total: { silent: 0 } });
  });

  it('is not one that reports each minute, though it has nothing else to say', () => {
    const ledger = create();
    for (let minute = 0; minute < 30; minute++) {
      report(ledger, 'a', minute, {}, NOON + minute * 60_000);
      ledger.sweep(NOON + minute * 60_000 + 59_000);
    }
    expect(ledger.book('a')).toEqual({ status: 'open', next: 30, missing: 0 });
  });

  it('is not closed, though all that came of it has no gap: its last datagram may be lost', () => {
    const ledger = create();
    ledger.take('killed', 0, 10, NOON, 'shop');
    ledger.sweep(NOON + HOUR_MS);
    expect(ledger.summary().total).toMatchObject({ closed: 0, silent: 1, missing: 0 });
  });
});

describe('the books by logger and hour', () => {
  it('count what came in the hour of its receipt, and take off the newest what comes late', () => {
    const ledger = create();
    ledger.take('a', 1, 1, NOON, 'shop');
    ledger.take('a', 3, 1, NOON + HOUR_MS, 'shop');
    ledger.take('b', 1, 1, NOON + HOUR_MS, 'bank');
    ledger.take('a', 0, 1, NOON + 2 * HOUR_MS, 'shop');
    const rows = ledger
      .summary()
      .rows.map(({ logger, hourMs, received, missing }) => [logger, hourMs, received, missing]);
    expect(rows).toEqual([
      ['shop', NOON + 2 * HOUR_MS, 1, 0],
      ['shop', NOON + HOUR_MS, 1, 0],
      ['bank', NOON + HOUR_MS, 1, 1],
      ['shop', NOON, 1, 1],
    ]);
  });

  it('have one row for all hours before the last two days', () => {
    const ledger = create();
    for (let hour = 0; hour < 100; hour++) ledger.take('a', hour * 2, 1, NOON + hour * HOUR_MS, 'shop');
    const { rows, total } = ledger.summary();
    expect(rows).toHaveLength(49);
    expect(rows.at(-1)).toMatchObject({ logger: 'shop', hourMs: null, received: 52, missing: 51 });
    expect(total).toMatchObject({ received: 100, missing: 99 });
  });

  it('have a thousand loggers, and one row for all others', () => {
    const ledger = create();
    for (let i = 0; i < 1_500; i++) ledger.take(`sender-${i}`, 1, 1, NOON, `logger ${i}`);
    const { rows, total } = ledger.summary();
    expect(rows).toHaveLength(1_001);
    expect(rows.find(({ logger }) => logger === '(other)')).toMatchObject({ began: 500, received: 500, missing: 500 });
    expect(total).toMatchObject({ received: 1_500, missing: 1_500 });
  });

  it('make room for new loggers once nobody goes by the old ones', () => {
    const ledger = create();
    for (let i = 0; i < 1_500; i++) ledger.take(`sender-${i}`, 1, 1, NOON, `logger ${i}`);
    for (let i = 0; i < 300; i++) ledger.sweep(NOON + 2 * DAY_MS);
    ledger.take('later', 0, 1, NOON + 4 * DAY_MS, 'new');
    const { rows, total } = ledger.summary();
    expect(rows.map(({ logger }) => logger)).toEqual(['new', '(other)']);
    expect(total).toMatchObject({ began: 1_501, silent: 1_500, missing: 1_500 });
  });

  it('keep what was counted when the sender is forgotten', () => {
    const ledger = create({ maxSenders: 2 });
    for (let i = 0; i < 10; i++) ledger.take(`sender-${i}`, 3, 1, NOON, 'shop');
    ledger.sweep(NOON + 2 * DAY_MS);
    // Behind the first that is forgotten, nobody knows what was before a first datagram.
    expect(ledger.summary()).toMatchObject({
      senders: { open: 0, closed: 0, silent: 0, evicted: 8 },
      total: { began: 10, silent: 10, numbered: 40, received: 10, missing: 6, uncounted: 24 },
    });
  });
});

describe('what came before a first datagram', () => {
  it('is missing once the sender reports that it is too young to have been forgotten', () => {
    const ledger = create({ knowsAll: false });
    ledger.take('a', 4, 1, NOON + HOUR_MS, 'shop');
    expect(ledger.book('a')?.missing).toBe(0);
    ledger.take('a', 1, 1, NOON + HOUR_MS, 'shop');
    report(ledger, 'a', 5, { ageMs: 60_000 }, NOON + HOUR_MS);
    expect(ledger.summary().total).toMatchObject({ numbered: 6, received: 3, missing: 3, uncounted: 0 });
  });

  it('is not, where an earlier run may have had it', () => {
    const ledger = create({ knowsAll: false });
    ledger.take('a', 4, 1, NOON + HOUR_MS, 'shop');
    report(ledger, 'a', 5, { ageMs: HOUR_MS }, NOON + HOUR_MS);
    expect(ledger.summary().total).toMatchObject({ missing: 0, uncounted: 4 });
  });

  it('is not, where it came and could not be kept', () => {
    const ledger = create({ knowsAll: false });
    ledger.take('a', 4, 1, NOON + HOUR_MS, 'shop');
    ledger.take('a', 0, 4, NOON + HOUR_MS, 'shop');
    ledger.giveBack('a', 0, 4);
    report(ledger, 'a', 5, { ageMs: 0 }, NOON + HOUR_MS);
    expect(ledger.summary().total).toMatchObject({ received: 2, missing: 0, uncounted: 4 });
  });

  it('is implausible where it is more than a million', () => {
    const ledger = create({ knowsAll: true });
    ledger.take('a', MAX_PLAUSIBLE_GAP + 1, 1, NOON, 'shop');
    expect(ledger.summary().total).toMatchObject({ implausible: 1, missing: 0, uncounted: MAX_PLAUSIBLE_GAP + 1 });
  });
});

describe('what senders report to have dropped', () => {
  it('is summed over senders, each by its newest report', () => {
    const ledger = create();
    report(ledger, 'a', 0, { dropped: { invalid: 1 } });
    report(ledger, 'a', 2, { dropped: { invalid: 3, 'queue-full': 10 } });
    report(ledger, 'a', 1, { dropped: { invalid: 2 } }); // late
    report(ledger, 'b', 0, { dropped: { invalid: 5 }, final: true });
    expect(ledger.summary().total.dropped).toEqual({ invalid: 8, 'queue-full': 10 });
  });

  it('is taken for reasons and counts that there are', () => {
    const ledger = create();
    report(ledger, 'a', 0, { dropped: { nonsense: 1, invalid: -1, closed: 1.5, filtered: '7', refused: 2 } as never });
    expect(ledger.summary().total.dropped).toEqual({ refused: 2 });
  });
});

describe('the senders of which most is missing', () => {
  it('are named, the worst first, as long as they are open', () => {
    const ledger = create();
    for (let i = 1; i <= 30; i++) ledger.take(`sender-${i}`, i, 1, NOON, 'shop');
    report(ledger, 'sender-30', 31, { final: true });
    const { worst } = ledger.summary();
    expect(worst).toHaveLength(20);
    expect(worst[0]).toEqual({ sender: 'sender-29', logger: 'shop', next: 30, missing: 29, seenMs: NOON });
    expect(worst.map(({ missing }) => missing)).toEqual(Array.from({ length: 20 }, (_, i) => 29 - i));
    ledger.sweep(NOON + HOUR_MS);
    expect(ledger.summary().worst).toEqual([]);
  });
});

describe('the path’s book', () => {
  /** Sends everything of a few senders, ending in a report, over a path that drops, doubles and reorders. */
  const schedule = fc.record({
    senders: fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 15 }), {
      minLength: 1,
      maxLength: 5,
    }),
    fates: fc.infiniteStream(fc.constantFrom('arrives', 'arrives', 'arrives', 'lost', 'doubled', 'late')),
    startSeq: fc.nat(3),
  });

  it('is exact after final reports over any path that lets these through', () => {
    fc.assert(
      fc.property(schedule, ({ senders, fates }) => {
        const ledger = create();
        type Datagram = { sender: string; seq: number; count: number; isFinal: boolean };
        const path: Datagram[] = [];
        const late: Datagram[] = [];
        const received = new Map<string, Set<number>>();
        let numbered = 0;
        let duplicates = 0;
        senders.forEach((counts, number) => {
          let seq = 0;
          counts.forEach((count, i) => {
            const isFinal = i === counts.length - 1;
            const datagram = { sender: `sender-${number}`, seq, count, isFinal };
            seq += count;
            const fate = fates.next().value as string;
            if (fate === 'doubled') path.push(datagram, datagram);
            else if (fate === 'late') late.push(datagram);
            else if (fate === 'arrives' || isFinal) path.push(datagram);
          });
          numbered += seq;
        });
        for (const { sender, seq, count, isFinal } of [...path, ...late]) {
          ledger.take(sender, seq, count, NOON, 'shop');
          if (isFinal) ledger.report(sender, seq + count, reportLine({ final: true }), NOON);
          const known = received.get(sender) ?? new Set();
          received.set(sender, known);
          for (let n = seq; n < seq + count; n++) {
            if (known.has(n)) duplicates++;
            known.add(n);
          }
        }
        const receivedCount = [...received.values()].reduce((sum, known) => sum + known.size, 0);
        expect(ledger.summary()).toMatchObject({
          senders: { open: 0, closed: senders.length, silent: 0 },
          total: {
            numbered,
            received: receivedCount,
            missing: numbered - receivedCount,
            uncounted: 0,
            duplicates,
            closed: senders.length,
          },
        });
      }),
      { numRuns: 300 },
    );
  });
});
