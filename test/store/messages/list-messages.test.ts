import { describe, expect, it, onTestFinished } from 'vitest';
import { listMessages, type ListedMessage } from '../../../src/store/messages/list-messages.ts';
import { createMerger } from '../../../src/store/merge/merge.ts';
import type { MessageFilter } from '../../../src/store/messages/message-filter.ts';
import { formatPlace, parsePlace, type MessagePlace } from '../../../src/store/messages/message-place.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const DAY_WINDOW = {
  fromMs: Date.parse(`${DAY}T00:00:00.000Z`),
  toMs: Date.parse(`${DAY}T23:59:59.999Z`),
  logger: undefined,
};
const ANY: MessageFilter = { types: [], severity: 7, metadata: [], text: '' };

interface Archive {
  readonly dir: string;
  readonly store: Store;
  write(lines: readonly string[]): Promise<void>;
}

async function archiveOf(...segments: readonly (readonly string[])[]): Promise<Archive> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => Promise.all([writer.close(), store.close()]).then(() => undefined));
  let first = 0;
  const write = async (lines: readonly string[]): Promise<void> => {
    const closed = await segment(dir, first, lines);
    first += closed.count;
    await writer.write(closed);
  };
  for (const lines of segments) await write(lines);
  return { dir, store, write };
}

/** Payloads of what fits, the newest first. */
async function payloadsOf(store: Store, filter: Partial<MessageFilter>): Promise<readonly string[]> {
  const question = { filter: { ...ANY, ...filter }, limit: 200, before: null };
  return (await listMessages(store, DAY_WINDOW, question)).messages.map(({ payload }) => payload);
}

describe('listMessages', () => {
  it('lists the newest first: by when they were received, and those of one sender by number', async () => {
    const { store } = await archiveOf([
      header({ sender: 'a', seq: 5, received: `${DAY}T10:00:00.000Z` }),
      line({ payload: 'a5' }),
      line({ payload: 'a6' }),
      header({ sender: 'b', seq: 0, received: `${DAY}T10:00:00.000Z` }),
      line({ payload: 'b0' }),
      header({ logger: 'web', hostname: 'h', pid: 7, received: `${DAY}T03:00:00.000Z` }),
      line({ type: 'log', payload: 'old', metadata: {} }),
      header({ sender: 'a', seq: 7, received: `${DAY}T23:00:00.000Z` }),
      line({ payload: 'a7' }),
    ]);
    expect(await payloadsOf(store, {})).toEqual(['a7', 'b0', 'a6', 'a5', 'old']);
    const { messages, last } = await listMessages(store, DAY_WINDOW, { filter: ANY, limit: 200, before: null });
    expect(last).toBeNull();
    expect(messages.at(-1)).toMatchObject({
      received: `${DAY}T03:00:00.000Z`, timestamp: `${DAY}T10:44:00.123Z`, type: 'log', logger: 'web', severity: 6, hostname: 'h', pid: 7,
      sender: null, seq: null, name: null, value: null, payload: 'old', payloadLength: 3, metadata: '{}', metadataLength: 2,
    }); // prettier-ignore
    const web = { ...DAY_WINDOW, logger: 'web' };
    expect((await listMessages(store, web, { filter: ANY, limit: 9, before: null })).messages).toHaveLength(1);
  });

  it('cuts what is long, and tells how long it is', async () => {
    const { store } = await archiveOf([
      header(),
      line({ payload: '😀'.repeat(5_000), metadata: { note: 'x'.repeat(5_000) } }),
    ]);
    const { messages } = await listMessages(store, DAY_WINDOW, { filter: ANY, limit: 1, before: null });
    expect(messages).toMatchObject([{ payload: '😀'.repeat(1_000), payloadLength: 5_000, metadataLength: 5_011 }]);
    expect(messages[0]?.metadata).toHaveLength(1_000);
  });

  it('keeps types, severities and texts that are asked for, and nothing else', async () => {
    const { store } = await archiveOf([
      header({ sender: 's', seq: 0 }),
      line({ type: 'order.placed', payload: 'Grüße AN alle', severity: 3, metadata: {} }),
      line({ type: 'order%placed', payload: 'b', severity: 5, metadata: { name: 'Alpha' } }),
      line({ type: 'order_', payload: 'c', severity: 7, metadata: { path: 'C:\\Temp "x"' } }),
      line({ type: 'metlog.report', payload: 'own', metadata: {} }),
      line({ type: 'a\\*', payload: '100 %_done\\', metadata: {} }),
    ]);
    const all = ['100 %_done\\', 'c', 'b', 'Grüße AN alle'];
    expect(await payloadsOf(store, {})).toEqual(all);
    expect(await payloadsOf(store, { types: ['metlog.*'] })).toEqual(['own']);
    expect(await payloadsOf(store, { types: ['*'] })).toHaveLength(5);
    expect(await payloadsOf(store, { types: ['order.*', 'order_'] })).toEqual(['c', 'Grüße AN alle']);
    expect(await payloadsOf(store, { types: ['order%*'] })).toEqual(['b']);
    expect(await payloadsOf(store, { types: ['order_*'] })).toEqual(['c']);
    expect(await payloadsOf(store, { types: ['a\\*'] })).toEqual(['100 %_done\\']);
    expect(await payloadsOf(store, { severity: 5 })).toEqual(['b', 'Grüße AN alle']);
    expect(await payloadsOf(store, { text: 'grÜSSE' })).toEqual([]);
    expect(await payloadsOf(store, { text: 'grÜße an' })).toEqual(['Grüße AN alle']);
    expect(await payloadsOf(store, { text: '%_D' })).toEqual(['100 %_done\\']);
    expect(await payloadsOf(store, { text: 'alpha' })).toEqual(['b']);
    expect(await payloadsOf(store, { text: 'c:\\temp "X"' })).toEqual(['c']);
    expect(await payloadsOf(store, { text: `' OR 1=1 --` })).toEqual([]);
  });

  it('finds a value of the metadata whatever its key and it are made of', async () => {
    const keys = [
      'a',
      'a.b',
      'a"b',
      "it's",
      'a\\b',
      '',
      '%',
      '_',
      '/x~y',
      '0',
      '-',
      '*',
      '$',
      '[0]',
      '😀é',
      '\n',
      '\u0000',
      '__proto__',
      'k'.repeat(900),
    ];
    const values = ['v', 'V', '%', 'v"w', '\\', '1', 1, 1.5, 1e21, 1e-7, -3, true, 'true', null, '😀', '', 'a=b', '\u202e', { x: [1, 'y'] }, [1]]; // prettier-ignore
    const pairs = keys.flatMap((key) => values.map((value) => ({ key, value })));
    const messages = pairs.map(({ key, value }, index) =>
      line({
        payload: String(index),
        metadata: JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as object,
      }),
    );
    const { store } = await archiveOf([header({ sender: 's', seq: 0 }), ...messages]);
    const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
    const few = pairs.filter(({ key, value }) => key === 'a.b' || ['v"w', 1, null].includes(value as string));
    for (const { key, value } of few) {
      const wanted = pairs.flatMap((pair, index) =>
        pair.key === key && textOf(pair.value) === textOf(value) ? [String(index)] : [],
      );
      const found = await payloadsOf(store, { metadata: [{ key, value: textOf(value) }] });
      expect([key, value, [...found].reverse()]).toEqual([key, value, wanted]);
    }
  });

  it('follows dots into objects, and wants all conditions', async () => {
    const { store } = await archiveOf([
      header({ sender: 's', seq: 0 }),
      line({ payload: 'deep', metadata: { a: { b: { 'c"': 1 } }, x: 'y' } }),
      line({ payload: 'dotted', metadata: { 'a.b.c"': 1 } }),
      line({ payload: 'between', metadata: { a: { 'b.c"': 1 }, x: 'y' } }),
      line({ payload: 'elsewhere', metadata: { other: { a: { b: { 'c"': 1 } } }, x: 'a' } }),
    ]);
    const deep = { key: 'a.b.c"', value: '1' };
    expect(await payloadsOf(store, { metadata: [deep] })).toEqual(['between', 'dotted', 'deep']);
    expect(await payloadsOf(store, { metadata: [deep, { key: 'x', value: 'y' }] })).toEqual(['between', 'deep']);
  });

  it('takes any of the values of a key, with * for any text', async () => {
    const values = ['u1', 'u12', 'a*b', '%', 12, null, { x: 'u1' }];
    const { store } = await archiveOf([
      header({ sender: 's', seq: 0 }),
      ...values.map((user, n) => line({ payload: `p${n}`, metadata: { user } })),
    ]);
    const of = async (...wanted: string[]): Promise<readonly string[]> =>
      payloadsOf(store, { metadata: wanted.map((value) => ({ key: 'user', value })) });
    expect(await of('u1', '%')).toEqual(['p3', 'p0']);
    expect(await of('u1*')).toEqual(['p1', 'p0']);
    expect(await of('*')).toHaveLength(7);
    expect(await of('*"x"*')).toEqual(['p6']);
    expect(await of('1*', 'n*l')).toEqual(['p5', 'p4']);
  });

  it('hands out every message once, page by page, while others arrive and files are merged', async () => {
    const at = (second: number): string => `${DAY}T10:00:${String(second).padStart(2, '0')}.000Z`;
    const same = line({ payload: 'same', metadata: {} });
    const { dir, store, write } = await archiveOf(
      [header({ received: at(0) }), same, same, same, same, same, line({ payload: 'other', metadata: {} })],
      [header({ received: at(1), sender: 'a', seq: 0 }), ...Array.from({ length: 9 }, (_, n) => line({ payload: `a${n}` }))],
      [header({ received: at(1), sender: 'b', seq: 0 }), ...Array.from({ length: 9 }, (_, n) => line({ payload: `b${n}` }))],
      [header({ received: `${DAY}T22:00:00.000Z`, sender: 'c', seq: 0 }), line({ payload: 'c0' })],
    ); // prettier-ignore
    const seen: ListedMessage[] = [];
    let before: MessagePlace | null = null;
    for (let page = 0; ; page++) {
      const list = await listMessages(store, DAY_WINDOW, { filter: ANY, limit: 4, before });
      seen.push(...list.messages);
      if (list.last === null) break;
      expect(list.messages).toHaveLength(4);
      before = parsePlace(formatPlace(list.last));
      if (page === 1) await write([header({ received: `${DAY}T22:30:00.000Z` }), line({ payload: 'late' })]);
      if (page === 2) {
        const merger = await createMerger(dir);
        await merger.run({ before: Number.MAX_SAFE_INTEGER, now: Date.parse(`${DAY}T23:00:00Z`), all: true });
        await merger.close();
      }
    }
    const numbered = (letter: string): string[] => Array.from({ length: 9 }, (_, n) => `${letter}${8 - n}`);
    const payloads = seen.map(({ payload }) => payload);
    expect(payloads.slice(0, 19)).toEqual(['c0', ...numbered('b'), ...numbered('a')]);
    expect(payloads.slice(19).sort()).toEqual(['other', 'same', 'same', 'same', 'same', 'same']);
  });

  it('loses none of messages that are hours and days apart, page by page', async () => {
    const times = ['10T07:00', '12T03:00', '12T23:59', '13T00:00', '13T09:00', '14T08:50', '14T11:50', '14T12:00'];
    const { store } = await archiveOf(
      ...times.map((time, n) => [
        header({ received: `2026-11-${time}:00.000Z`, sender: 's', seq: n }),
        line({ payload: time }),
      ]),
    );
    const window = { ...DAY_WINDOW, fromMs: Date.parse('2026-11-01'), toMs: Date.parse('2026-11-14T12:00:00Z') };
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      let before: MessagePlace | null = null;
      do {
        const list = await listMessages(store, window, { filter: ANY, limit, before });
        seen.push(...list.messages.map(({ payload }) => payload));
        before = list.last;
      } while (before !== null);
      expect(seen).toEqual([...times].reverse());
    }
  });

  it.each(['', '1', '1.a.b.c.d', '1.a.1..', "1.'.1..1", '1.a.-2..1', 'x'.repeat(9_999)])(
    'takes no place from %j',
    (text) => {
      expect(parsePlace(text)).toBeNull();
    },
  );
});
