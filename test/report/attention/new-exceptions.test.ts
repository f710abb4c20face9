import { expect, it } from 'vitest';
import { newExceptionItems } from '../../../src/report/attention/new-exceptions.ts';

const GROUP = {
  fingerprint: 'f1',
  errorType: 'TypeError',
  errorValue: 'no such\norder',
  logger: 'shop',
  count: 3,
  firstReceived: '2026-11-22T10:00:00.000Z',
};

it('says what is new, and how often it came', () => {
  expect(newExceptionItems([GROUP])).toEqual([
    {
      rule: 'new-exception',
      text: 'new in shop: TypeError: no such order (3 times in the last hour)',
      fingerprint: 'f1',
      logger: 'shop',
      count: 3,
      firstReceived: GROUP.firstReceived,
    },
  ]);
});

it('says it of an exception of which hardly anything is known', () => {
  expect(newExceptionItems([{ ...GROUP, errorType: null, errorValue: null, count: 1 }])[0]?.text).toBe(
    'new in shop: exception (1 time in the last hour)',
  );
});
