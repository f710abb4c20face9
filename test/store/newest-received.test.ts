import { expect, it } from 'vitest';
import { newestReceived } from '../../src/store/newest-received.ts';
import { DAY, header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

const NOW_MS = Date.parse(`${DAY}T10:30:00.000Z`);

it('tells when the newest message was received, however long ago', async () => {
  const store = await storeOf([
    header({ received: '2026-11-01T08:00:00.250Z', logger: 'old' }),
    line(),
    header({ received: `${DAY}T10:29:58.000Z` }),
    line(),
  ]);
  expect(await newestReceived(store, NOW_MS, undefined)).toBe(`${DAY}T10:29:58.000Z`);
  expect(await newestReceived(store, NOW_MS, 'old')).toBe('2026-11-01T08:00:00.250Z');
  expect(await newestReceived(store, NOW_MS, 'nobody')).toBe(null);
  expect(await newestReceived(await storeOf([]), NOW_MS, undefined)).toBe(null);
});
