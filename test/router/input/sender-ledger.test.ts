import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_GAPS } from '../../../src/router/input/gaps.ts';
import type { Fresh } from '../../../src/router/input/ledger.ts';
import {
  createSenderLedger,
  MAX_PLAUSIBLE_GAP,
  type SenderLedgerOptions,
} from '../../../src/router/input/sender-ledger.ts';

const HOUR_MS = 3_600_000;

/** A ledger of the senders of one logger, unless another is named. */
function createLedger(options: SenderLedgerOptions) {
  const ledger = createSenderLedger(options);
  const take = (sender: string, seq: number, count: number, nowMs: number, logger = 'shop'): Fresh =>
    ledger.take(sender, seq, count, nowMs, logger);
  return { ...ledger, take };
}

/** The numbers that a verdict calls new. */
function newNumbers(fresh: Fresh, seq: number, count: number): number[] {
  const ranges = fresh === 'all' ? [0, count] : fresh === 'none' ? [] : fresh;
  const numbers: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    for (let n = ranges[i]!; n < ranges[i + 1]!; n++) numbers.push(seq + n);
  }
  return numbers;
}

describe('createSenderLedger', () => {
  it('agrees with sets of numbers, whatever comes in whatever order', () => {
    const datagram = fc.record({
      sender: fc.constantFrom('a', 'b', 'c'),
      seq: fc.nat(60),
      count: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 60 }), (datagrams) => {
        const ledger = createLedger({ knowsAll: true });
        const seen = new Map<string, Set<number>>();
        for (const { sender, seq, count } of datagrams) {
          const known = seen.get(sender) ?? new Set();
          seen.set(sender, known);
          const expected = Array.from({ length: count }, (_, i) => seq + i).filter((n) => !known.has(n));
          expect(newNumbers(ledger.take(sender, seq, count, 0), seq, count)).toEqual(expected);
          for (const n of expected) known.add(n);
        }
        let missing = 0;
        for (const [sender, known] of seen) {
          const next = Math.max(...known) + 1;
          expect(ledger.book(sender)).toEqual({ status: 'open', next, missing: next - known.size });
          missing += next - known.size;
        }
        const none = { closed: 0, silent: 0, implausible: 0, evicted: 0 };
        expect(ledger.stats()).toEqual({ ...none, senders: seen.size, open: seen.size, missing });
      }),
      { numRuns: 500 },
    );
  });

  it('takes again what was given back, and does not call it missing meanwhile', () => {
    const ledger = createLedger({ knowsAll: true });
    ledger.take('a', 0, 10, 0);
    ledger.giveBack('a', 2, 5);
    expect(ledger.stats().missing).toBe(0);
    expect(newNumbers(ledger.take('a', 0, 10, 0), 0, 10)).toEqual([2, 3, 4]);
    expect(ledger.take('a', 0, 10, 0)).toBe('none');
  });

  it('counts what came before a first datagram as missing only if no earlier run can have taken it', () => {
    const first = createLedger({ knowsAll: true });
    expect(first.take('a', 7, 1, 0)).toBe('all');
    expect(first.stats().missing).toBe(7);
    const later = createLedger({ knowsAll: false });
    expect(later.take('a', 7, 1, 0)).toBe('all');
    expect(later.stats().missing).toBe(0);
    expect(later.take('a', 3, 4, 0)).toBe('all');
    expect(later.take('a', 3, 5, 0)).toBe('none');
  });

  it('counts a gap over a million as implausible, and takes what comes out of it', () => {
    const ledger = createLedger({ knowsAll: true });
    ledger.take('a', 0, 1, 0);
    expect(ledger.take('a', MAX_PLAUSIBLE_GAP + 2, 1, 0)).toBe('all');
    expect(ledger.stats()).toMatchObject({ implausible: 1, missing: 0 });
    expect(ledger.take('a', 500, 1, 0)).toBe('all');
    expect(ledger.take('a', 500, 1, 0)).toBe('none');
    expect(ledger.take('a', Number.MAX_SAFE_INTEGER - 1, 1, 0)).toBe('all');
    expect(ledger.stats()).toMatchObject({ implausible: 2, missing: 0 });
  });

  it('keeps a bounded number of gaps a sender, and takes what comes late for any of them', () => {
    const ledger = createLedger({ knowsAll: true });
    const datagrams = MAX_GAPS * 3;
    for (let i = 0; i < datagrams; i++) ledger.take('a', i * 2 + 1, 1, 0);
    expect(ledger.book('a')).toMatchObject({ next: datagrams * 2, missing: datagrams });
    for (let i = 0; i < datagrams; i++) expect(ledger.take('a', i * 2, 1, 0)).toBe('all');
    expect(ledger.book('a')).toMatchObject({ next: datagrams * 2, missing: 0 });
    expect(ledger.stats().missing).toBe(0);
    // Of what was never in a joined gap nothing is taken twice.
    for (let i = datagrams - MAX_GAPS + 1; i < datagrams; i++) expect(ledger.take('a', i * 2, 2, 0)).toBe('none');
  });

  it('never calls old what has not come, and never claims more missing than there is, however many gaps there are', () => {
    const step = fc.record({
      seq: fc.nat(1_500),
      count: fc.integer({ min: 1, max: 8 }),
      isGivenBack: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 300 }), (steps) => {
        const ledger = createLedger({ knowsAll: true });
        const came = new Set<number>();
        const givenBack = new Set<number>();
        let next = 0;
        for (const { seq, count, isGivenBack } of steps) {
          const numbers = newNumbers(ledger.take('a', seq, count, 0), seq, count);
          expect(new Set(numbers).size).toBe(numbers.length);
          next = Math.max(next, seq + count);
          for (let n = seq; n < seq + count; n++) {
            if (!came.has(n)) expect(numbers).toContain(n);
            came.add(n);
            givenBack.delete(n);
          }
          if (!isGivenBack) continue;
          for (const n of numbers) {
            ledger.giveBack('a', n, n + 1);
            came.delete(n);
            givenBack.add(n);
          }
        }
        const missing = next - came.size - givenBack.size;
        expect(ledger.book('a')?.missing).toBeLessThanOrEqual(missing);
        expect(ledger.stats().missing).toBe(ledger.book('a')?.missing);
      }),
      { numRuns: 200 },
    );
  });

  it('forgets the sender seen least recently when there are too many, and counts it', () => {
    const ledger = createLedger({ knowsAll: true, maxSenders: 2 });
    ledger.take('old', 0, 1, 0);
    ledger.take('new', 0, 1, 1_000);
    ledger.take('old', 1, 1, 2_000);
    ledger.take('third', 0, 1, 3_000);
    expect(ledger.stats()).toMatchObject({ senders: 2, evicted: 1 });
    expect(ledger.take('old', 0, 2, 3_000)).toBe('none');
    expect(ledger.take('new', 5, 1, 4_000)).toBe('all');
    expect(ledger.stats().missing).toBe(0); // it was known before: nobody knows what of it came
  });

  it('remembers as many senders as it is told to, however they are spread', () => {
    const ledger = createLedger({ knowsAll: true, maxSenders: 20_000 });
    for (let i = 0; i < 20_000; i++) ledger.take(`sender-${i}`, 0, 1, 0);
    expect(ledger.stats()).toMatchObject({ senders: 20_000, evicted: 0 });
    for (let i = 0; i < 50; i++) ledger.take(`another-${i}`, 0, 1, 0);
    expect(ledger.stats()).toMatchObject({ senders: 20_000, evicted: 50 });
  });

  it('forgets a sender after a day of silence', () => {
    const ledger = createLedger({ knowsAll: true });
    ledger.take('a', 0, 1, 0);
    expect(ledger.take('a', 0, 1, 23 * HOUR_MS)).toBe('none');
    expect(ledger.take('a', 0, 1, 48 * HOUR_MS)).toBe('all');
  });

  it('gives up the memory of silent senders as it is swept', () => {
    const ledger = createLedger({ knowsAll: true });
    for (let i = 0; i < 5_000; i++) ledger.take(`sender-${i}`, 0, 1, 0);
    ledger.take('alive', 0, 1, 24 * HOUR_MS);
    for (let i = 0; i < 300; i++) ledger.sweep(25 * HOUR_MS);
    expect(ledger.stats().senders).toBe(1);
    for (let i = 0; i < 5_000; i++) expect(ledger.take(`sender-${i}`, 0, 1, 25 * HOUR_MS)).toBe('all');
  });
});
