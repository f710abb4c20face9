import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
import { parseRemoteUrl } from '../../src/store/remote/remote-url.ts';
import { openStore } from '../../src/store/query.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { readBooks } from './support/archive-books.ts';
import { configOf } from './support/archive-trouble.ts';
import { startRouter } from './support/router.ts';
import { START_WITHIN_MS, USER, useHdfs } from './support/use-hdfs.ts';

const hdfs = useHdfs();

/** What the cluster holds of these messages, by type. */
async function countsIn(url: string): Promise<unknown> {
  const place = parseRemoteUrl(url);
  if (place?.kind !== 'hdfs') throw new Error(url);
  const remote = createHdfsRemote(place, { user: USER });
  const dir = await tempDir();
  for (const { path } of await remote.list()) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await remote.get(path, join(dir, path));
  }
  await remote.close();
  const store = await openStore(dir);
  try {
    const sql = "SELECT type, count(*) AS n FROM messages WHERE type NOT LIKE 'metlog.%' GROUP BY type ORDER BY type";
    return (await store.query(sql)).rows;
  } finally {
    await store.close();
  }
}

it(
  'brings what serve receives to a cluster, each message once, though its NameNode was killed meanwhile',
  { timeout: START_WITHIN_MS },
  async () => {
    await hdfs().makeFolder('/telemetry', USER);
    const url = hdfs().archiveUrl('/telemetry');
    const { udp, http, stop } = await startRouter(configOf({ dir: url, hdfs: { user: USER } }));
    const send = async (type: string): Promise<void> => {
      expect((await runCli(['send', type, '--dest', udp])).code).toBe(0);
    };
    const waiting = async () => (await readBooks(http)).archive.copy;
    for (let n = 0; n < 3; n++) await send('order.placed');
    await expect.poll(() => countsIn(url), { timeout: 30_000 }).toEqual([{ type: 'order.placed', n: 3 }]);
    await hdfs().killNameNode();
    await send('order.paid');
    // The message, and reports of senders, which may be in files of their own.
    await expect.poll(async () => (await waiting())?.waitingFiles).toBeGreaterThan(0);
    await expect.poll(waiting).toMatchObject({ trouble: expect.any(String) as string });
    await hdfs().startNameNode();
    const all = [
      { type: 'order.paid', n: 1 },
      { type: 'order.placed', n: 3 },
    ];
    await expect.poll(() => countsIn(url), { timeout: 120_000, interval: 2_000 }).toEqual(all);
    await expect.poll(waiting, { timeout: 60_000 }).toMatchObject({ waitingFiles: 0, trouble: null, conflicts: 0 });
    expect(await stop()).toBe(0);
    expect(await countsIn(url)).toEqual(all);
  },
);
