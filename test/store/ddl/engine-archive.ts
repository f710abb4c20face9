import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Columns } from '../../../src/core/column-kind.ts';
import { archiveFileName, dayDir, listArchive } from '../../../src/store/layout.ts';
import { createMerger } from '../../../src/store/merge/merge.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { configure, EMPTY_BOOK } from '../../../src/store/types/type-book.ts';
import { saveTypes } from '../../../src/store/types/types-file.ts';
import { header, line, segment, tempDir } from '../journal-text.ts';

/** A message as it was sent. */
export interface SentMessage {
  readonly dt: string;
  readonly type: string;
  readonly timestamp: string;
  readonly severity: number;
  readonly payload: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export const DAYS: readonly string[] = ['2026-11-20', '2026-11-21', '2026-11-22'];
/** All that a statement, a shell, a client or a terminal would act on. */
export const HOSTILE_TYPE = `it's"; DROP TABLE messages; -- \`x\` \${env:HOME} \\' \u001b[31m 日本 😀`;
/** The same in a key, which has no control characters. */
export const HOSTILE_KEY = `k'"; DROP VIEW logs; -- \`y\` \${system:user.name} \\" 日本 😀`;

export const TYPES: ReadonlyMap<string, Columns> = new Map<string, Columns>([
  [
    'order.placed',
    new Map([
      ['total', 'number'],
      ['count', 'integer'],
      ['paid', 'boolean'],
      ['at', 'date-time'],
      ['day', 'date'],
      ['note', 'string'],
      ['a.b', 'integer'],
      ['größe', 'number'],
      ['gr__e', 'number'],
      ['nested', 'json'],
      ['timestamp', 'string'],
      ['select', 'string'],
    ]),
  ],
  [HOSTILE_TYPE, new Map([[HOSTILE_KEY, 'string']])],
]);

/** The columns of the view of `order.placed` that are its keys. */
export const ORDER_COLUMNS = [
  'total',
  'count',
  'paid',
  'at',
  'day',
  'note',
  'a_b',
  'gr__e',
  'gr__e_2',
  'nested',
  'user_timestamp',
  'select',
];

const AWKWARD = {
  größe: 1.5,
  gr__e: 2.5,
  'a.b': 7,
  'quo"te': `it's`,
  'back\\slash': '\\n',
  '123': 5,
  none: null,
  nested: { deep: [1, { x: null }], 日本: '😀' },
  $: 'dollar',
  '': 'empty',
  'tab\t, separator\u2028': true,
};

const ORDERS: readonly Readonly<Record<string, unknown>>[] = [
  {
    total: 12.5,
    count: 3,
    paid: true,
    at: '2026-11-20T12:00:00.123456+02:00',
    day: '2026-11-20',
    note: `it's "fine"`,
    timestamp: 'mine',
    select: 's',
    ...AWKWARD,
  },
  {
    total: 'NaN',
    count: 12.5,
    paid: 'maybe',
    at: 'yesterday',
    day: 'never',
    note: { an: 'object' },
    'a.b': 'x',
    größe: 'Infinity',
    nested: [1, 2],
    timestamp: 5,
  },
  {
    total: '7.25',
    count: 1e3,
    paid: false,
    at: '2026-11-20T12:00:00',
    day: '2026-11-21',
    note: null,
    'a.b': 9007199254740993n.toString(),
    größe: -0.25,
    nested: null,
  },
  { at: '2026-11-20 23:59:59Z', day: '2026-02-30', count: '1.0', paid: 'true' },
  {},
];

function messagesOf(dt: string, dayIndex: number): readonly SentMessage[] {
  const make = (
    type: string,
    count: number,
    metadata: (index: number) => SentMessage['metadata'],
    payload = '1',
  ): SentMessage[] =>
    Array.from({ length: count + dayIndex }, (_, index) => ({
      dt,
      type,
      timestamp: `${dt}T10:44:${String(index % 60).padStart(2, '0')}.${String(123_456 + index).padStart(6, '0')}Z`,
      severity: index % 8,
      payload,
      metadata: metadata(index),
    }));
  return [
    ...make('counter', 40, (index) => ({ name: `hits.${index % 3}`, rate: index % 2 === 0 ? 0.1 : 1, ...AWKWARD })),
    ...make('timer', 30, (index) => ({ name: 'auth', rate: 1, error: index % 2 === 0 })),
    ...make('gauge', 20, () => ({ name: 'heap' })),
    ...make('log', 10, () => ({ ...AWKWARD }), `text with 'quotes', "more", \\ and 日本`),
    ...make('exception', 5, (index) => ({
      exception: { type: 'TypeError', value: `x is not a function ${index}`, handled: index % 2 === 0 },
    })),
    ...make('order.placed', ORDERS.length, (index) => ORDERS[index % ORDERS.length] ?? {}),
    ...make(HOSTILE_TYPE, 2, () => ({ [HOSTILE_KEY]: 'kept', nested: { [HOSTILE_KEY]: 1 } })),
  ];
}

/** What was sent: by the router whose archive it is, and by another one. */
export const SENT: readonly SentMessage[] = DAYS.flatMap((dt, index) => [
  ...messagesOf(dt, index),
  ...messagesOf(dt, index + 1),
]);

/** Writes it with the router's own archive writer and merger: two writers' files in the folders of several days. The result is the archive's folder. */
export async function writeEngineArchive(): Promise<string> {
  const dir = join(await tempDir(), 'archive');
  const other = join(await tempDir(), 'archive');
  await writeMerged(dir, (dt, index) => messagesOf(dt, index));
  await writeMerged(other, (dt, index) => messagesOf(dt, index + 1));
  for (const { path, dt, first, last } of await listArchive(other)) {
    await mkdir(dayDir(dir, dt, false), { recursive: true });
    await copyFile(path, join(dayDir(dir, dt, false), archiveFileName(first, last, 'web-1f2e3d4c')));
  }
  await saveTypes(dir, configure(EMPTY_BOOK, TYPES));
  return dir;
}

async function writeMerged(
  dir: string,
  messages: (dt: string, index: number) => readonly SentMessage[],
): Promise<void> {
  const writer = await createArchiveWriter(dir);
  let first = 0;
  for (const [index, dt] of DAYS.entries()) {
    const lines = messages(dt, index).map(({ dt: _, ...message }) => line(message));
    const closed = await segment(await tempDir(), first, [header({ received: `${dt}T11:00:00.000Z` }), ...lines], dt);
    await writer.write(closed);
    first += closed.count;
  }
  await writer.close();
  const merger = await createMerger(dir, { retentionDays: Infinity });
  await merger.run({ before: first, now: Date.now(), all: true });
  await merger.close();
}
