import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Router } from '../../../src/router/index.ts';
import { MissingPeerError } from '../../../src/store/peer.ts';
import { openStore } from '../../../src/store/query.ts';
import { createFolderRemote } from '../../store/remote/folder-remote.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runRouter, untilAccepted } from '../support/running-router.ts';

const CONFIG = {
  archive: { dir: 'hdfs://nobody:9870/metlog', mergeEveryMs: 20, promoteAfterMs: 10, name: 'shop' },
  journal: { segmentMs: 20 },
};

/** The values of the counters in a store's folder, ascending. It is laid out as an archive is. */
async function numbersIn(dir: string): Promise<number[]> {
  const store = await openStore(dir);
  try {
    const sql = "SELECT payload::INTEGER AS n FROM messages WHERE type = 'counter' ORDER BY n";
    return (await store.query(sql, { maxRows: 10_000 })).rows.map((row) => Number(row['n']));
  } finally {
    await store.close();
  }
}

async function sendNumbers(
  { router, connect }: Awaited<ReturnType<typeof runRouter>>,
  from: number,
  to: number,
): Promise<void> {
  const metlog = connect();
  for (let n = from; n < to; n++) metlog.incr('n', { count: n });
  await metlog.flush();
  await untilAccepted(router, to - from);
}

const copyOf = async (router: Router) => (await router.stats()).archive.copy;

it('starts and archives while the store is away, copies once it is there, and goes on after a restart', async () => {
  const dataDir = await temporaryFolder();
  const there = await temporaryFolder();
  const remote = createFolderRemote(there);
  const opened: unknown[] = [];
  const deps = {
    openRemote: (...args: unknown[]) => {
      opened.push(args);
      return Promise.resolve(remote);
    },
  };
  remote.faults.before = () => 'away';
  const first = await runRouter({ ...CONFIG, dataDir }, deps);
  await sendNumbers(first, 0, 50);
  await expect
    .poll(() => copyOf(first.router))
    .toMatchObject({ waitingFiles: 1, trouble: expect.any(String) as string });
  expect(opened).toEqual([['hdfs://nobody:9870/metlog', {}]]);
  remote.faults.before = undefined;
  await expect.poll(() => copyOf(first.router)).toMatchObject({ copiedFiles: 1, waitingFiles: 0, trouble: undefined });
  expect(await numbersIn(there)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(first.warnings.filter((text) => text.includes('copied'))).toHaveLength(2);

  remote.faults.after = (call) => (call === 'put' ? 'away' : undefined); // there, and nobody hears of it
  await sendNumbers(first, 50, 80);
  await expect.poll(() => copyOf(first.router)).toMatchObject({ trouble: expect.any(String) as string });
  await first.router.close();
  remote.faults.after = undefined;
  const second = await runRouter({ ...CONFIG, dataDir }, deps);
  await sendNumbers(second, 80, 90);
  await expect.poll(() => numbersIn(there), { interval: 200 }).toHaveLength(90);
  await second.router.close();
  expect(await numbersIn(there)).toEqual(Array.from({ length: 90 }, (_, n) => n));
  expect(await numbersIn(join(dataDir, 'archive'))).toEqual(Array.from({ length: 90 }, (_, n) => n));
}, 60_000);

it('does not start without what speaks to the store, and says what to install', async () => {
  const openRemote = (): Promise<never> =>
    Promise.reject(
      new MissingPeerError('@aws-sdk/client-s3 is needed; install it with: npm install @aws-sdk/client-s3'),
    );
  await expect(runRouter(CONFIG, { openRemote })).rejects.toThrow('npm install @aws-sdk/client-s3');
});

it('refuses a reload that changes routes by which the archive leaves messages out', async () => {
  const config = { archive: { except: 'routed' }, sinks: { a: { kind: 'stdout' } } } as const;
  const routes = [{ match: { type: 'x' }, to: ['a'] }];
  const { router, config: now } = await runRouter({ ...config, routes });
  onTestFinished(() => router.close());
  await expect(router.reload({ ...now, routes: [{ match: { type: 'y' }, to: ['a'] }] })).rejects.toThrow(
    'the matches of routes cannot change while the router runs where archive.except is "routed": restart it',
  );
  await router.reload({ ...now, routes: [...routes, { otherwise: true, to: ['a'] }] });
});
