import { expect, it } from 'vitest';
import { compareWithDayAgo, lastReceived } from '../../src/store/day-ago.ts';
import { DAY, header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

const NOW_MS = Date.parse(`${DAY}T10:30:00.000Z`);
const YESTERDAY = '2026-11-21';
const error = line({ type: 'log', severity: 3 });

it('counts the last hour and the same hour yesterday by logger, and errors of them', async () => {
  const store = await storeOf([
    header({ received: `${YESTERDAY}T09:30:00.000Z` }),
    error, // before the hour
    header({ received: `${YESTERDAY}T09:30:00.001Z` }),
    error,
    line(),
    header({ received: `${YESTERDAY}T10:30:00.000Z`, logger: 'gone' }),
    line({ type: 'log', severity: 4 }),
    header({ received: `${YESTERDAY}T10:30:00.001Z` }),
    error, // after it
    header({ received: `${DAY}T09:30:00.001Z` }),
    error,
    error,
    header({ received: `${DAY}T10:30:00.000Z`, logger: 'new' }),
    line(),
  ]);
  const all = [
    { logger: 'gone', count: 0, errors: 0, dayAgo: { count: 1, errors: 0 } },
    { logger: 'new', count: 1, errors: 0, dayAgo: { count: 0, errors: 0 } },
    { logger: 'shop', count: 2, errors: 2, dayAgo: { count: 2, errors: 1 } },
  ];
  expect(await compareWithDayAgo(store, NOW_MS, undefined)).toEqual(all);
  expect(await compareWithDayAgo(store, NOW_MS, 'shop')).toEqual(all.slice(2));
});

it('tells when loggers were last heard of, whatever their names hold', async () => {
  const name = `it's "quoted" [x]`;
  const store = await storeOf([
    header({ received: `${YESTERDAY}T09:30:00.001Z`, logger: name }),
    line(),
    header({ received: `${YESTERDAY}T11:00:00.000Z`, logger: name }),
    line(),
    header({ received: `${YESTERDAY}T12:00:00.000Z` }),
    line(),
  ]);
  expect(await lastReceived(store, NOW_MS, [name, 'nobody'])).toEqual(new Map([[name, `${YESTERDAY}T11:00:00.000Z`]]));
  expect(await lastReceived(store, NOW_MS, [])).toEqual(new Map());
});
