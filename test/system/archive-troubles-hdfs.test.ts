import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { DAY_MS, dayOf } from '../../src/core/day.ts';
import { listArchive } from '../../src/store/layout.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { freePort } from '../support/free-port.ts';
import { readBooks } from './support/archive-books.ts';
import {
  archivedHere,
  configOf,
  COPIED_WITHIN_MS,
  expectRecovery,
  expectTrouble,
  FOR_NOW,
  startCopying,
  UNTIL_MENDED,
  untilArchived,
} from './support/archive-trouble.ts';
import { createEngine } from './support/engine.ts';
import { moveDay } from './support/move-day.ts';
import { withinOneDay } from './support/one-day.ts';
import { startRouterFrom, writeConfig } from './support/router.ts';
import { sendAll } from './support/send-all.ts';
import { USER, useHdfs } from './support/use-hdfs.ts';

// What can be wrong with the store of an archive: it is said once, in a plain sentence, and counted; and all else goes on.

const hdfs = useHdfs();
withinOneDay(120_000);
const BLOCK_BYTES = 1_048_576;

describe('an archive that is to be in HDFS', () => {
  const settings = { hdfs: { user: USER } };
  /** Until the test has ended, or before. */
  const makeReadOnly = async (): Promise<void> => {
    onTestFailed(() => hdfs().setSafeMode(false));
    await hdfs().setSafeMode(true);
  };
  const inHdfs = async (folder: string): Promise<() => Promise<number>> => {
    const engine = await createEngine(hdfs(), folder);
    return async () => new Set(await engine.look()).size;
  };

  it('waits while a file is in the way of its folder', async () => {
    await hdfs().makeFolder('/in-the-way', USER);
    await hdfs().write('/in-the-way/archive', 'x', USER);
    const url = hdfs().archiveUrl('/in-the-way/archive/eu');
    const router = await startCopying({ dir: url, ...settings });
    await expectTrouble(router, {
      url,
      cure: UNTIL_MENDED,
      why: /127\.0\.0\.1:\d+ has a file where the path has a folder: \/in-the-way\/archive \(is not a directory\)\./,
    });
    await hdfs().webHdfs('DELETE', '/in-the-way/archive', { op: 'DELETE' });
    await expectRecovery(router, url, await inHdfs('/in-the-way/archive/eu'));
  });

  it('waits while its user has no right', async () => {
    await hdfs().makeFolder('/of-another', 'another');
    const url = hdfs().archiveUrl('/of-another/archive');
    const router = await startCopying({ dir: url, ...settings });
    await expectTrouble(router, {
      url,
      cure: UNTIL_MENDED,
      why: /127\.0\.0\.1:\d+ does not allow it to this user: Permission denied: user=metlog, [^\n]+\./,
    });
    await hdfs().webHdfs('PUT', '/of-another', { op: 'SETOWNER', owner: USER });
    await expectRecovery(router, url, await inHdfs('/of-another/archive'));
  });

  it('waits while its quota is full', async () => {
    await hdfs().makeFolder('/full', USER);
    await hdfs().setSpaceQuota('/full', BLOCK_BYTES / 2);
    const url = hdfs().archiveUrl('/full/archive');
    const router = await startCopying({ dir: url, ...settings });
    await expectTrouble(router, {
      url,
      cure: UNTIL_MENDED,
      why: /127\.0\.0\.1:\d+ has a full quota of space there: The DiskSpace quota of \/full is exceeded: [^\n]+\./,
    });
    await hdfs().setSpaceQuota('/full', undefined);
    await expectRecovery(router, url, await inHdfs('/full/archive'));
  });

  it('waits while the cluster is read only', async () => {
    await hdfs().makeFolder('/read-only', USER);
    await makeReadOnly();
    const url = hdfs().archiveUrl('/read-only/archive');
    const router = await startCopying({ dir: url, ...settings });
    await expectTrouble(router, {
      url,
      cure: FOR_NOW,
      why: /127\.0\.0\.1:\d+ is in safe mode, which is read only: [^\n]+\./,
    });
    await hdfs().setSafeMode(false);
    await expectRecovery(router, url, await inHdfs('/read-only/archive'));
  });

  it('waits while nobody listens', async () => {
    await hdfs().makeFolder('/late', USER);
    const port = await freePort();
    const url = `hdfs://127.0.0.1:${port}/late/archive`;
    const router = await startCopying({ dir: url, ...settings });
    await expectTrouble(router, {
      url,
      cure: FOR_NOW,
      why: /The connection to 127\.0\.0\.1:\d+ failed: connect ECONNREFUSED 127\.0\.0\.1:\d+\./,
    });
    const [host, nameNode] = hdfs().httpAddresses[0]!.split(':');
    const door = createServer((socket) => {
      const onward = connect(Number(nameNode), host);
      for (const end of [socket, onward]) end.on('error', () => [socket, onward].forEach((each) => each.destroy()));
      socket.pipe(onward).pipe(socket);
    }).listen(port, '127.0.0.1');
    onTestFinished(() => void door.close());
    await once(door, 'listening');
    await expectRecovery(router, url, await inHdfs('/late/archive'));
  });

  it('loses its oldest days once too much waits past its time, counts what it loses, and copies the rest', async () => {
    await hdfs().makeFolder('/bounded', USER);
    const url = hdfs().archiveUrl('/bounded/archive');
    const away = { dir: url, ...settings, retentionDays: 1 };
    const dataDir = await tempDir();
    const local = join(dataDir, 'archive');
    const today = dayOf(Date.now());
    const [oldest, old] = [dayOf(Date.now() - 5 * DAY_MS), dayOf(Date.now() - 4 * DAY_MS)];
    await makeReadOnly();
    const counts: number[] = [];
    let router = await startCopying({ ...away, maxWaitingBytes: 1_000_000_000 }, dataDir);
    for (const day of [oldest, old]) {
      await sendAll(router, 200);
      counts.push(await untilArchived(router));
      await expect.poll(async () => (await listArchive(local)).some(({ recent }) => recent)).toBe(false);
      expect(await router.stop()).toBe(0);
      // Nobody waits here for days to pass: what there is becomes older.
      await moveDay(local, today, day);
      router = await startRouterFrom(router.configPath, { dataDir });
    }
    const [first = 0, both = 0] = counts;
    // Past its time, and kept: it waits.
    await expect.poll(async () => (await readBooks(router.http)).archive.copy?.failures).toBeGreaterThan(0);
    expect(await archivedHere(dataDir)).toBe(both);
    expect((await readBooks(router.http)).archive.copy).toMatchObject({ expired: 0 });
    expect(await router.stop()).toBe(0);

    const oldBytes = (await listArchive(local))
      .filter(({ dt }) => dt === old)
      .reduce((sum, { bytes }) => sum + bytes, 0);
    await writeConfig(router.configPath, configOf({ ...away, maxWaitingBytes: oldBytes }));
    router = await startRouterFrom(router.configPath, { dataDir });
    await expect.poll(async () => (await readBooks(router.http)).archive.copy?.expired).toBe(first);
    expect(await archivedHere(dataDir)).toBe(both - first);
    const metrics = await (await fetch(`${router.http}/metrics`)).text();
    expect(metrics).toContain(`\nmetlog_archive_copy_expired_total ${first}\n`);
    const { stdout } = await runCli(['ledger', '--url', router.http]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`${first} messages expired before they were copied to ${url}`);

    await hdfs().setSafeMode(false);
    await expect.poll(await inHdfs('/bounded/archive'), { timeout: COPIED_WITHIN_MS }).toBe(both - first);
    // It is there now, and its time is over here.
    await expect.poll(async () => (await listArchive(local)).map(({ dt }) => dt)).toEqual([]);
    expect(await router.stop()).toBe(0);
  });
});
