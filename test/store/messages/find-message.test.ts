import { expect, it, onTestFinished } from 'vitest';
import { findMessage } from '../../../src/store/messages/find-message.ts';
import { listMessages } from '../../../src/store/messages/list-messages.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

async function storeOf(lines: readonly string[]): Promise<Store> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  await writer.write(await segment(dir, 0, lines));
  await writer.close();
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => store.close());
  return store;
}

it('finds a message whole by sender and number, with its neighbours, however many are between', async () => {
  const text = 'é'.repeat(400_000);
  const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]));
  const store = await storeOf([
    header({ sender: 'a', seq: 3, received: `${DAY}T10:00:00.000Z` }),
    line({ type: 'first' }),
    header({ sender: 'b', seq: 4, received: `${DAY}T10:00:00.000Z` }),
    line(),
    header({ sender: 'a', seq: 9, hostname: 'web-1', pid: 3, received: `${DAY}T11:00:00.000Z` }),
    line({ type: 'big', severity: 2, payload: text, metadata: keys }),
    header({ sender: 'a', seq: 20, received: `${DAY}T12:00:00.000Z` }),
    line({ type: 'later' }),
  ]);
  const identity = { kind: 'numbered', sender: 'a', seq: 9 } as const;
  const found = await findMessage(store, identity, Date.parse(`${DAY}T11:00:00.000Z`));
  expect(found?.message).toEqual({
    received: `${DAY}T11:00:00.000Z`, timestamp: `${DAY}T10:44:00.123Z`, type: 'big', logger: 'shop', severity: 2, hostname: 'web-1', pid: 3,
    sender: 'a', seq: 9, name: null, value: null, rate: null, fingerprint: null, errorType: null, group: null, payload: text, metadata: keys,
  }); // prettier-ignore
  expect(found?.previous).toEqual({ sender: 'a', seq: 3, received: `${DAY}T10:00:00.000Z`, type: 'first' });
  expect(found?.next).toEqual({ sender: 'a', seq: 20, received: `${DAY}T12:00:00.000Z`, type: 'later' });
  expect(await findMessage(store, identity, undefined)).toEqual(found);
  expect(await findMessage(store, identity, Date.parse(`${DAY}T11:00:01.000Z`))).toBeNull();
  expect(await findMessage(store, { ...identity, seq: 10 }, undefined)).toBeNull();
  expect(await findMessage(store, { ...identity, seq: 20 }, undefined)).toMatchObject({
    previous: { seq: 9 },
    next: null,
  });
});

it('finds a message that has no sender by the digest that its place in a list has', async () => {
  const store = await storeOf([header(), line({ payload: 'one' }), line({ payload: 'two' })]);
  const window = { fromMs: Date.parse(`${DAY}T00:00:00Z`), toMs: Date.parse(`${DAY}T23:00:00Z`), logger: undefined };
  const filter = { types: [], severity: 7, metadata: [], text: 'two' };
  const { messages } = await listMessages(store, window, { filter, limit: 5, before: null });
  expect(messages).toHaveLength(1);
  const { digest = '' } = messages[0]?.place ?? {};
  expect(await findMessage(store, { kind: 'digest', digest }, undefined)).toMatchObject({
    message: { payload: 'two', sender: null, seq: null }, previous: null, next: null,
  }); // prettier-ignore
  expect(await findMessage(store, { kind: 'digest', digest: '0'.repeat(32) }, undefined)).toBeNull();
});
