import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coverageOf } from '../../../../src/store/remote/copies/coverage.ts';

const anyRange = fc
  .record({
    dt: fc.constantFrom('2026-11-22', '2026-11-23'),
    writer: fc.constantFrom('', 'import-1'),
    first: fc.nat(30),
    length: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ dt, writer, first, length }) => ({ dt, writer, first, last: first + length - 1 }));

it('says of a file what a count of its messages says, each writer and day by itself', () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 12 }), anyRange, (ranges, file) => {
      let there = 0;
      for (let at = file.first; at <= file.last; at++) {
        const has = ranges.some(
          ({ dt, writer, first, last }) => dt === file.dt && writer === file.writer && first <= at && at <= last,
        );
        if (has) there++;
      }
      const want = there === 0 ? 'none' : there === file.last - file.first + 1 ? 'all' : 'some';
      expect(coverageOf(ranges)(file)).toBe(want);
    }),
  );
});
