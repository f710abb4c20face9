import { expect, it } from 'vitest';
import { findAttention } from '../../../src/report/attention/find-attention.ts';
import type { PathBooks, RouterBooks } from '../../../src/report/books.ts';
import type { AttentionAnswer } from '../../../src/report/api/attention.ts';
import { attentionAnswer } from '../../../src/report/api/attention.ts';
import { DAY, header, line } from '../../store/journal-text.ts';
import { storeOf } from '../../store/store-of.ts';
import { createMemoryRouter, QUIET_BOOKS } from '../memory-router.ts';
import { aCopy, aPath, aRow, aSink, HOUR_MS } from '../some-books.ts';

const NOW_MS = Date.parse(`${DAY}T10:30:00.000Z`);
const AN_HOUR_AGO = `${DAY}T10:10:00.000Z`;
const YESTERDAY = '2026-11-21T10:10:00.000Z';
const repeat = (count: number, text: string): string[] => Array.from({ length: count }, () => text);
const error = line({ type: 'log', severity: 3 });
const exception = (fingerprint: string): string =>
  line({ type: 'exception', severity: 3, metadata: { exception: { type: 'TypeError', value: 'no', fingerprint } } });

async function find(
  lines: readonly string[],
  books: Partial<RouterBooks> = {},
  path: Partial<PathBooks> = {},
  logger?: string,
): Promise<AttentionAnswer> {
  const router = createMemoryRouter(books, path);
  const clock = { now: () => NOW_MS, monotonic: () => 0, after: () => () => undefined };
  return findAttention({ store: await storeOf(lines), router, clock }, logger);
}

const TROUBLE = [
  header({ received: YESTERDAY, logger: 'billing' }),
  ...repeat(20, line()),
  header({ received: YESTERDAY, logger: 'shop' }),
  ...repeat(3, error),
  header({ received: AN_HOUR_AGO, logger: 'shop' }),
  ...repeat(12, error),
  exception('new'),
];
const LATE: Partial<RouterBooks> = {
  sinks: { sentry: aSink({ lagMs: 61_000, waiting: 1 }) },
  archive: { ...QUIET_BOOKS.archive, copy: aCopy({ trouble: 'hdfs://nn1:9870 does not answer' }) },
};
const LOSSY = aPath([aRow({ logger: 'web', hourMs: NOW_MS - 3 * HOUR_MS, received: 90, missing: 10 })]);

it('finds nothing where nothing is, nor where all is as it was yesterday', async () => {
  expect(await find([])).toEqual({ at: `${DAY}T10:30:00.000Z`, items: [], leftOut: 0 });
  const same = [YESTERDAY, AN_HOUR_AGO].flatMap((received) => [
    header({ received }),
    ...repeat(12, error),
    exception('old'),
  ]);
  expect((await find(same)).items).toEqual([]);
});

it('finds by every rule, what needs attention first at the top', async () => {
  const found = await find(TROUBLE, LATE, LOSSY);
  expect(found.items.map(({ rule, text }) => [rule, text])).toEqual([
    ['new-exception', 'new in shop: TypeError: no (1 time in the last hour)'],
    ['more-errors', '13 errors of shop in the last hour, 3 in the same hour yesterday'],
    ['silent-logger', 'billing is silent for 24 h; 20 messages in this hour yesterday'],
    ['sink-lag', 'sink sentry is 61 s behind, 1 message waiting'],
    ['archive-copy', 'the archive is not copied to hdfs://nn1:9870/metlog: hdfs://nn1:9870 does not answer'],
    ['loss', 'web: 10 % missing (10 of 100) in the last 24 hours'],
  ]);
  expect(attentionAnswer.safeParse(found).success).toBe(true);
});

it('looks at one logger, and at sinks and the store all the same', async () => {
  const of = async (logger: string): Promise<readonly string[]> =>
    (await find(TROUBLE, LATE, LOSSY, logger)).items.map(({ rule }) => rule);
  expect(await of('billing')).toEqual(['silent-logger', 'sink-lag', 'archive-copy']);
  expect(await of('web')).toEqual(['sink-lag', 'archive-copy', 'loss']);
});

it('lists ten of each rule, and counts the rest', async () => {
  const found = await find([
    header({ received: AN_HOUR_AGO }),
    ...Array.from({ length: 9 }, (_, index) => exception(`f${index}`)),
    exception('often'),
    exception('often'),
    exception('last'),
  ]);
  const groups = found.items.filter(({ rule }) => rule === 'new-exception');
  expect(groups).toHaveLength(10);
  expect(groups[0]).toMatchObject({ fingerprint: 'often', count: 2 });
  expect(found.leftOut).toBe(1);
});
