import { expect, it } from 'vitest';
import { newExceptions } from '../../src/store/new-exceptions.ts';
import { DAY, header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

const SINCE_MS = Date.parse(`${DAY}T10:00:00.000Z`);
const exception = (fingerprint: string | null, value = 'no'): string =>
  line({ type: 'exception', severity: 3, metadata: { exception: { type: 'TypeError', value, fingerprint } } });

it('finds the groups of which there is none before, with what their newest says', async () => {
  const store = await storeOf([
    header({ received: '2026-11-01T10:00:00.000Z', logger: 'other' }),
    exception('old'),
    header({ received: `${DAY}T10:00:00.000Z` }),
    exception('exactly then'),
    header({ received: `${DAY}T10:00:00.001Z` }),
    exception('old'),
    exception('exactly then'),
    exception('new', 'first'),
    exception('newer'),
    exception(null),
    line({ metadata: { name: 'x', exception: { fingerprint: 'no exception' } } }),
    header({ received: `${DAY}T10:30:00.000Z`, logger: 'web' }),
    exception('new', 'second'),
  ]);
  expect(await newExceptions(store, SINCE_MS, undefined)).toEqual([
    {
      fingerprint: 'new',
      errorType: 'TypeError',
      errorValue: 'second',
      logger: 'web',
      count: 2,
      firstReceived: `${DAY}T10:00:00.001Z`,
    },
    expect.objectContaining({ fingerprint: 'newer', logger: 'shop', count: 1 }) as unknown,
  ]);
  expect(await newExceptions(store, SINCE_MS, 'web')).toMatchObject([{ fingerprint: 'new', count: 1 }]);
  expect(await newExceptions(store, SINCE_MS - 1, 'other')).toEqual([]);
});

it('does not call new for one logger what another had before', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T09:00:00.000Z`, logger: 'web' }),
    exception('moved'),
    header({ received: `${DAY}T10:30:00.000Z`, logger: 'shop' }),
    exception('moved'),
  ]);
  expect(await newExceptions(store, SINCE_MS, 'shop')).toEqual([]);
});

it('finds nothing in an empty archive', async () => {
  expect(await newExceptions(await storeOf([]), SINCE_MS, undefined)).toEqual([]);
});
