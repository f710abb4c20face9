import { join } from 'node:path';
import { beforeAll, afterAll, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { findMessage } from '../../src/store/messages/find-message.ts';
import { companionPath } from '../../src/store/merge/companions.ts';
import { HOURS, listHours } from '../../src/store/hours.ts';
import { archiveEnd, listArchive } from '../../src/store/layout.ts';
import type { MessageFilter } from '../../src/store/messages/message-filter.ts';
import { listMessages } from '../../src/store/messages/list-messages.ts';
import { createMerger } from '../../src/store/merge/merge.ts';
import type { MessagePlace } from '../../src/store/messages/message-place.ts';
import { narrowSearch } from '../../src/store/messages/narrow-search.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { writtenBy } from './written-by.ts';

const DAYS = ['2026-11-21', '2026-11-22'];
const WRITERS = ['', 'shop-0000000a', 'shop-0000000b', 'import-0123456789abcdef'];
const ROWS = 20;
const window = {
  fromMs: Date.parse('2026-11-20T00:00:00Z'),
  toMs: Date.parse('2026-11-23T00:00:00Z'),
  logger: undefined,
};

const NO_FILTER: MessageFilter = { types: [], severity: 7, metadata: [], text: '' };

let archive: string;
let store: Store;
const removers: (() => Promise<unknown>)[] = [];

/** Every writer numbers its messages from 0 on, on each day: their files differ in nothing but the writer’s name. */
beforeAll(async () => {
  archive = await mkdtemp(join(tmpdir(), 'metlog-writers-'));
  for (const dt of DAYS)
    for (const writer of WRITERS)
      await writtenBy(archive, {
        writer,
        dt,
        head: { sender: writer === '' ? 'own' : writer, seq: DAYS.indexOf(dt) * ROWS },
        lines: Array.from({ length: ROWS }, (_, row) => ({
          type: row % 2 === 0 ? 'counter' : 'order.placed',
          metadata: { name: 'n', order: `${writer}/${dt}/${row}` },
        })),
      });
  const merger = await createMerger(archive, { retentionDays: Infinity });
  await merger.run({ before: 1_000, now: Date.parse('2026-11-22T12:00:00Z') });
  await merger.close();
  store = await openStore(archive, { threads: 1 });
  removers.push(
    () => store.close(),
    () => rm(archive, { recursive: true, force: true }),
  );
});
afterAll(async () => {
  for (const remove of removers) await remove();
});

it('leaves every writer’s file in its place, and counts the own ones alone as what was archived', async () => {
  const files = await listArchive(archive);
  expect(files).toHaveLength(WRITERS.length * DAYS.length);
  expect(archiveEnd(files)).toBe(ROWS);
});

it('has every message in the views', async () => {
  const total = WRITERS.length * DAYS.length * ROWS;
  const { rows } = await store.query(
    `SELECT count(*)::INTEGER AS messages, count(DISTINCT sender)::INTEGER AS senders, (SELECT count(*) FROM counters)::INTEGER AS counters
     FROM messages`,
  );
  expect(rows).toEqual([{ messages: total, counters: total / 2, senders: WRITERS.length }]);
});

it('has hours and words beside each file, and counts each message in them once', async () => {
  const files = await store.wordedFiles();
  const hours = await listHours(archive);
  expect(files.every((file) => file.wordsPath !== undefined)).toBe(true);
  expect(new Set(files.map((file) => companionPath(archive, HOURS, file)))).toEqual(hours);
  const { rows } = await store.select('SELECT sum(messages)::INTEGER AS n FROM hours');
  expect(rows).toEqual([{ n: WRITERS.length * DAYS.length * ROWS }]);
});

it('pages through all messages, each once, also where those of several writers have the same time', async () => {
  const seen: string[] = [];
  let before: MessagePlace | null = null;
  do {
    const page = await listMessages(store, window, { filter: NO_FILTER, limit: 7, before });
    seen.push(...page.messages.map(({ sender, seq }) => `${sender} ${seq}`));
    before = page.last;
  } while (before !== null);
  expect(seen).toHaveLength(WRITERS.length * DAYS.length * ROWS);
  expect(new Set(seen).size).toBe(seen.length);
});

it.each(WRITERS)('finds a message of the writer %j by its words, and by its sender and number', async (writer) => {
  const order = `${writer}/2026-11-21/5`;
  const conditions = [{ key: 'order', value: order }];
  const narrowed = await narrowSearch(store, conditions);
  expect(narrowed?.partCount).toBe(1);
  const found = await listMessages(store, window, {
    filter: { ...NO_FILTER, metadata: conditions },
    limit: 10,
    before: null,
  });
  expect(found.messages.map(({ metadata }): unknown => JSON.parse(metadata))).toMatchObject([{ order }]);
  const sender = writer === '' ? 'own' : writer;
  const whole = await findMessage(store, { kind: 'numbered', sender, seq: 5 }, undefined);
  expect(whole?.message.metadata).toMatchObject({ order });
  expect([whole?.previous?.seq, whole?.next?.seq]).toEqual([4, 6]);
});
