import { expect, it } from 'vitest';
import { exceptionGroups } from '../../../src/store/exceptions/exception-groups.ts';
import { newExceptions } from '../../../src/store/exceptions/new-exceptions.ts';
import { DAY, header, line } from '../journal-text.ts';
import { storeOf } from '../store-of.ts';

const SINCE_MS = Date.parse(`${DAY}T10:00:00.000Z`);
const exception = (fingerprint: string | null, value = 'no'): string =>
  line({ type: 'exception', severity: 3, metadata: { exception: { type: 'TypeError', value, fingerprint } } });

/** What clients may send that names no group by itself. */
const UNUSABLE = ['f'.repeat(70), 'f'.repeat(150), '~f', '', null];

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

it('names groups as their list does, and finds them too that have no usable fingerprint', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:30:00.000Z` }),
    ...UNUSABLE.map((text) => exception(text)),
  ]);
  const window = { fromMs: SINCE_MS, toMs: SINCE_MS + 3_600_000, logger: undefined };
  const { groups } = await exceptionGroups(store, window, { search: '', sort: 'count' });
  const found = await newExceptions(store, SINCE_MS, undefined);
  expect(found.map(({ fingerprint, count }) => [fingerprint, count])).toEqual(
    groups.map(({ fingerprint, count }) => [fingerprint, count]),
  );
  expect(found.map(({ count }) => count)).toEqual([2, 1, 1, 1]); // no fingerprint and an empty one are the same
});

it('does not call new what was there before without a usable fingerprint', async () => {
  const lines = UNUSABLE.map((text) => exception(text));
  const store = await storeOf([
    header({ received: `${DAY}T09:00:00.000Z` }),
    ...lines,
    header({ received: `${DAY}T10:30:00.000Z` }),
    ...lines,
  ]);
  expect(await newExceptions(store, SINCE_MS, undefined)).toEqual([]);
});

it('finds nothing in an empty archive', async () => {
  expect(await newExceptions(await storeOf([]), SINCE_MS, undefined)).toEqual([]);
});
