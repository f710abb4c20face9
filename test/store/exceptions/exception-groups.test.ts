import { describe, expect, it, onTestFinished } from 'vitest';
import { exceptionGroups, type GroupsAsked } from '../../../src/store/exceptions/exception-groups.ts';
import {
  latestOccurrences,
  latestOf,
  neighbours,
  neighboursIn,
  wholeException,
} from '../../../src/store/exceptions/exception-occurrences.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import type { TimeWindow } from '../../../src/store/window.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const ALL: GroupsAsked = { search: '', sort: 'last' };

const at = (time: string): string => `${DAY}T${time}.000Z`;
const between = (from: string, to: string, logger?: string): TimeWindow => ({
  fromMs: Date.parse(at(from)),
  toMs: Date.parse(at(to)),
  logger,
});

async function storeOf(lines: readonly string[]): Promise<Store> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  await writer.write(await segment(dir, 0, lines));
  const store = await openStore(dir);
  onTestFinished(() => Promise.all([writer.close(), store.close()]).then(() => undefined));
  return store;
}

const received = (time: string, fields: Record<string, unknown> = {}): string =>
  header({ received: at(time), sender: 's1', seq: 0, hostname: 'web-1', pid: 42, ...fields });

const exception = (
  fingerprint: string,
  fields: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): string =>
  line({
    type: 'exception',
    severity: 3,
    payload: 'RangeError: declined\n    at charge (/srv/cart.js:1:2)',
    metadata: {
      exception: {
        type: 'RangeError',
        value: 'declined',
        frames: [
          { function: 'listen', filename: '/srv/main.js', in_app: true },
          { function: 'charge', filename: '/srv/cart.js', in_app: true },
          { function: 'emit', filename: 'node:events', in_app: false },
        ],
        handled: true,
        fingerprint,
        ...fields,
      },
      ...more,
    },
  });

describe('exceptionGroups', () => {
  it('counts a window by fingerprint, with what the newest says and when the first of all was', async () => {
    const store = await storeOf([
      received('08:00:00'),
      exception('aaaa'),
      received('10:10:00', { seq: 1, logger: 'web' }),
      exception('aaaa', { value: 'declined: 1' }, { release: 'shop@1' }),
      received('10:50:00', { seq: 2 }),
      exception('aaaa', { value: 'declined: 2', handled: false }, { release: 'shop@2' }),
      exception('bbbb', { type: 'TypeError', value: 'no price', frames: [] }),
      line({ type: 'log', payload: 'RangeError' }),
    ]);
    const found = await exceptionGroups(store, between('10:00:00', '11:00:00'), { ...ALL, sort: 'count' });
    expect(found).toMatchObject({ groupCount: 2, count: 3 });
    expect(found.groups[0]).toEqual({
      fingerprint: 'aaaa',
      errorType: 'RangeError',
      value: 'declined: 2',
      culprit: { function: 'charge', filename: '/srv/cart.js' },
      handled: false,
      count: 2,
      firstSeen: at('08:00:00'),
      lastSeen: at('10:50:00'),
      isNew: false,
      loggers: ['shop', 'web'],
      releases: ['shop@1', 'shop@2'],
      series: expect.any(Array) as number[],
    });
    // Of forty parts of one and a half minutes.
    expect(found.groups[0]?.series.flatMap((count, part) => (count > 0 ? [[part, count]] : []))).toEqual([[6, 1], [33, 1]]); // prettier-ignore
    expect(found.groups[1]).toMatchObject({ fingerprint: 'bbbb', isNew: true, culprit: null, releases: [] });
  });

  it('looks at one logger, or for a text in type and traceback, and orders by what is asked', async () => {
    const store = await storeOf([
      received('10:10:00'),
      exception('aaaa'),
      received('10:20:00', { logger: 'web' }),
      exception('bbbb', { type: 'TypeError' }),
      exception('bbbb', { type: 'TypeError' }),
      received('10:30:00', { sender: 's2' }),
      exception('aaaa'),
    ]);
    const window = between('10:00:00', '11:00:00');
    const names = async (asked: Partial<GroupsAsked>, of = window): Promise<readonly string[]> =>
      (await exceptionGroups(store, of, { ...ALL, ...asked })).groups.map(({ fingerprint }) => fingerprint);
    expect(await names({})).toEqual(['aaaa', 'bbbb']);
    expect(await names({ sort: 'first' })).toEqual(['bbbb', 'aaaa']);
    expect(await names({}, between('10:00:00', '11:00:00', 'web'))).toEqual(['bbbb']);
    expect(await names({ search: 'TYPEerr' })).toEqual(['bbbb']);
    expect(await names({ search: 'CART.js' })).toEqual(['aaaa', 'bbbb']);
    expect(await names({ search: "'; drop" })).toEqual([]);
    expect(await names({ fingerprint: 'bbbb' })).toEqual(['bbbb']);
  });

  it('counts a week as exactly as an hour, at both its ends', async () => {
    const store = await storeOf([
      // The window begins after half past ten and ends with half past nine, a week later.
      received('10:30:00'),
      exception('aaaa', {}, { release: 'before' }),
      ...['10:30:01', '10:59:59', '11:00:00', '15:12:00'].flatMap((time, seq) => [
        received(time, { seq: seq + 1 }),
        exception('aaaa', { value: time }, { release: 'shop@1' }),
      ]),
      received('09:30:00', { sender: 's2' }).replace(DAY, '2026-11-29'),
      exception('aaaa', { value: 'the last' }, { release: 'shop@2' }),
      received('09:30:01', { sender: 's2', seq: 1 }).replace(DAY, '2026-11-29'),
      exception('aaaa', {}, { release: 'shop@3' }),
    ]);
    const window = { fromMs: Date.parse(at('10:30:00')), toMs: Date.parse('2026-11-29T09:30:00Z'), logger: undefined };
    const { groups } = await exceptionGroups(store, window, ALL);
    expect(groups).toMatchObject([
      { count: 5, lastSeen: '2026-11-29T09:30:00.000Z', firstSeen: at('10:30:00'), isNew: false, value: 'the last' },
    ]);
    const series = groups[0]?.series ?? [];
    expect(series.reduce((sum, count) => sum + count)).toBe(5);
    expect(series[0]).toBe(4); // of five hours from half past ten
    expect(series.at(-1)).toBe(1);
    const searched = await exceptionGroups(store, window, { ...ALL, search: 'declined' });
    const withoutSeries = groups.map(({ series: _, ...group }) => group);
    expect(searched.groups).toMatchObject(withoutSeries);
  });

  it('lists two hundred groups and says how many there are', async () => {
    const fingerprints = Array.from({ length: 230 }, (_, index) => `f${index}`);
    const store = await storeOf([received('10:10:00'), ...fingerprints.map((name) => exception(name))]);
    const found = await exceptionGroups(store, between('10:00:00', '11:00:00'), ALL);
    expect(found).toMatchObject({ groupCount: 230, count: 230 });
    expect(found.groups).toHaveLength(200);
    expect(found.groups.every(({ value, series }) => value === 'declined' && Math.max(...series) === 1)).toBe(true);
  });

  it('keeps what has no usable fingerprint together, by logger and type, and finds it by the name given', async () => {
    const old = line({ type: 'exception', severity: 3, payload: 'Traceback (most recent call last):', metadata: {} });
    const store = await storeOf([received('10:10:00'), old, old, exception('x'.repeat(5_000)), exception('~made up')]);
    const window = between('10:00:00', '11:00:00');
    const { groups } = await exceptionGroups(store, window, { ...ALL, sort: 'count' });
    expect(groups.map(({ count, errorType }) => [count, errorType])).toEqual([[2, null], [1, 'RangeError'], [1, 'RangeError']]); // prettier-ignore
    for (const { fingerprint, count } of groups) {
      expect(fingerprint).toMatch(/^~[0-9a-f]{32}$/);
      expect(await latestOccurrences(store, window, fingerprint)).toHaveLength(count);
    }
  });

  it('answers an empty archive with nothing', async () => {
    const store = await openStore(await tempDir());
    onTestFinished(() => store.close());
    expect(await exceptionGroups(store, between('10:00:00', '11:00:00'), ALL)).toEqual({ groups: [], groupCount: 0, count: 0 }); // prettier-ignore
  });
});

describe('the exceptions of one group', () => {
  it('are listed newest first, at most fifty, and each has those beside it', async () => {
    const store = await storeOf([
      received('10:10:00'),
      ...Array.from({ length: 60 }, (_, index) =>
        exception('aaaa', { value: `nth ${index}` }, { request_id: `r${index}` }),
      ),
    ]);
    const window = between('10:00:00', '11:00:00');
    const list = await latestOccurrences(store, window, 'aaaa');
    expect(list).toHaveLength(50);
    expect(list[0]).toEqual({
      received: at('10:10:00'), sender: 's1', seq: 59, logger: 'shop', value: 'nth 59', release: null, hostname: 'web-1', requestId: 'r59',
    }); // prettier-ignore
    const id = (seq: number): object => ({ received: at('10:10:00'), sender: 's1', seq });
    expect(await neighbours(store, window, 'aaaa', { received: at('10:10:00'), sender: 's1', seq: 10 })).toEqual({
      newer: id(11),
      older: id(9),
    });
    expect(await neighbours(store, window, 'aaaa', { received: at('10:10:00'), sender: 's1', seq: 0 })).toEqual({
      newer: id(1),
      older: null,
    });
    // The list tells the same where it can.
    for (const [nth, one] of list.entries())
      if (nth % 7 === 0)
        expect(neighboursIn(list, one)).toEqual(nth === 49 ? null : await neighbours(store, window, 'aaaa', one));
    expect(neighboursIn(list, { received: at('10:10:00'), sender: 's1', seq: 3 })).toBeNull();
    expect(await latestOf(store, 'aaaa')).toEqual(id(59));
    expect(await latestOf(store, 'none')).toBeNull();
  });

  it('are had whole, also where a client numbers nothing, and cut where the traceback is longer than any', async () => {
    const store = await storeOf([
      received('10:10:00', { sender: undefined, seq: undefined }),
      line({
        type: 'exception',
        severity: 3,
        payload: 'x'.repeat(70_000),
        metadata: { exception: { fingerprint: 'aaaa' } },
      }),
    ]);
    const latest = await latestOf(store, 'aaaa');
    expect(latest).toMatchObject({ sender: '-' });
    if (latest === null) throw new Error('there is one');
    for (const received of [latest.received, null])
      expect(await wholeException(store, 'aaaa', { ...latest, received })).toMatchObject({
        payload: 'x'.repeat(65_536),
        isPayloadCut: true,
        metadata: { exception: { fingerprint: 'aaaa' } },
      });
    expect(await wholeException(store, 'aaaa', { ...latest, seq: 1 })).toBeNull();
  });
});
