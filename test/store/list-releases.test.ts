import { expect, it, onTestFinished } from 'vitest';
import { listDeploys } from '../../src/store/list-deploys.ts';
import { listReleases } from '../../src/store/list-releases.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

const WINDOW = { fromMs: Date.parse(`${DAY}T10:00:00Z`), toMs: Date.parse(`${DAY}T11:00:00Z`), logger: undefined };

async function storeOf(lines: readonly string[]): Promise<Store> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  await writer.write(await segment(dir, 0, lines));
  await writer.close();
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  return store;
}

const released = (logger: string, release: unknown, time: string): string[] => [
  header({ logger, received: `${DAY}T${time}.000Z`, sender: logger, seq: 0 }),
  line({ metadata: { name: 'hits', release } }),
];

it('finds the releases that a logger had not had in the day before', async () => {
  const store = await storeOf([
    ...released('shop', '1', '09:00:00'),
    ...released('shop', '1', '10:01:00'),
    ...released('shop', '2', '10:05:00'),
    ...released('shop', '2', '10:06:00'),
    ...released('web', '1', '10:03:00'),
    ...released('web', '', '10:04:00'),
    ...released('web', '9', '11:04:00'),
    ...released('web', { '</script>': 1 }, '10:59:00'),
  ]);
  expect(await listReleases(store, WINDOW)).toEqual([
    { at: `${DAY}T10:03:00.000Z`, logger: 'web', release: '1' },
    { at: `${DAY}T10:05:00.000Z`, logger: 'shop', release: '2' },
    { at: `${DAY}T10:59:00.000Z`, logger: 'web', release: '{"</script>":1}' },
  ]);
  expect((await listReleases(store, { ...WINDOW, logger: 'shop' })).map(({ release }) => release)).toEqual(['2']);
});

it('looks at the first messages of each sender alone where there are many', async () => {
  const many = Array.from({ length: 300_100 }, () => line({ metadata: { name: 'hits', release: '1' } }));
  const store = await storeOf([
    header({ received: `${DAY}T10:01:00.000Z`, sender: 'a', seq: 0 }),
    ...many,
    header({ received: `${DAY}T10:02:00.000Z`, sender: 'a', seq: 300_100 }),
    line({ metadata: { release: 'a sender has one' } }),
    ...released('shop', '2', '10:05:00'),
  ]);
  expect((await listReleases(store, WINDOW)).map(({ release }) => release)).toEqual(['1', '2']);
});

it('calls no release new that a process from long before still had, where there are many messages', async () => {
  const many = Array.from({ length: 300_100 }, () => line({ metadata: { name: 'hits', release: '1' } }));
  const store = await storeOf([
    header({ received: `${DAY}T09:00:00.000Z`, logger: 'shop', sender: 'long', seq: 70_000 }),
    ...many,
    header({ received: `${DAY}T09:30:00.000Z`, logger: 'old client' }),
    line({ metadata: { release: '7' } }),
    header({ received: `${DAY}T10:01:00.000Z`, logger: 'shop', sender: 'restarted', seq: 0 }),
    line({ metadata: { release: '1' } }),
    ...released('web', '1', '10:02:00'),
    header({ received: `${DAY}T10:03:00.000Z`, logger: 'old client' }),
    line({ metadata: { release: '7' } }),
    line({ metadata: { release: '8' } }),
  ]);
  expect(await listReleases(store, WINDOW)).toEqual([
    { at: `${DAY}T10:02:00.000Z`, logger: 'web', release: '1' },
    { at: `${DAY}T10:03:00.000Z`, logger: 'old client', release: '8' },
  ]);
});

it('says what was deployed, by release, version or payload', async () => {
  const deploy = (fields: object): string[] => [
    header({ received: `${DAY}T10:00:0${order++}.000Z` }),
    line({ type: 'deploy', payload: '', metadata: {}, ...fields }),
  ];
  let order = 1;
  const store = await storeOf([
    ...deploy({ payload: 'to production', metadata: { release: '1' } }),
    ...deploy({ payload: 'to production', metadata: { version: '2' } }),
    ...deploy({ payload: '3' }),
    ...deploy({}),
  ]);
  expect((await listDeploys(store, WINDOW)).map(({ release }) => release)).toEqual(['1', '2', '3', '']);
});
