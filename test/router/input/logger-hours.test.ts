import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLoggerHours, HOUR_MS } from '../../../src/router/input/logger-hours.ts';
import { addPathBook, emptyPathBook } from '../../../src/router/input/path-book.ts';

describe('the path’s book by logger and hour', () => {
  it('keeps fewer hours one by one where there are many loggers', () => {
    const hours = createLoggerHours({ keptHours: 48, maxPastBooks: 10 });
    const loggers = ['a', 'b', 'c', 'd'].map((name) => hours.hold(name, 0));
    for (let hour = 0; hour < 6; hour++) for (const index of loggers) hours.now(index, hour * HOUR_MS).received++;
    const rows = hours.rows();
    expect(rows.map(({ hourMs }) => (hourMs === null ? null : hourMs / HOUR_MS))).toEqual(
      [5, 4, 3, null].flatMap((hour) => loggers.map(() => hour)),
    );
    expect(rows.filter(({ hourMs }) => hourMs === null).map(({ received }) => received)).toEqual([3, 3, 3, 3]);
    expect(hours.total().received).toBe(24);
  });

  const act = fc.record({
    kind: fc.constantFrom('count', 'takeBack', 'pass', 'restart', 'look'),
    logger: fc.nat(4),
    count: fc.nat(3),
  });

  it('adds up to its rows, whatever is counted and taken back, and whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const limits = { keptHours: 3, maxLoggers: 4, maxPastBooks: 6 };
        let hours = createLoggerHours(limits);
        let nowMs = 0;
        let indexes = new Map<number, number>();
        let received = 0;
        for (const { kind, logger, count } of acts) {
          const index = indexes.get(logger) ?? hours.hold(`logger${logger}`, nowMs);
          indexes.set(logger, index);
          if (kind === 'count') {
            hours.now(index, nowMs).received += count;
            received += count;
          } else if (kind === 'takeBack') {
            const before = hours.total().received;
            hours.takeBack(index, 'received', count);
            received -= before - hours.total().received;
          } else if (kind === 'pass') nowMs += count * HOUR_MS;
          else if (kind === 'restart') {
            const rows = hours.rows();
            hours = createLoggerHours(limits);
            for (const row of rows.reverse()) hours.restore(row);
            indexes = new Map();
          }
          const sum = emptyPathBook();
          for (const row of hours.rows()) addPathBook(sum, row);
          expect(hours.total()).toEqual(sum);
          expect(sum.received).toBe(received);
        }
      }),
    );
  });
});
