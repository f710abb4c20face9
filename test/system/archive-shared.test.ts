import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DAY_MS, dayOf } from '../../src/core/day.ts';
import { listArchive } from '../../src/store/layout.ts';
import { tempDir } from '../cli/run-cli.ts';
import { readBooks } from './support/archive-books.ts';
import { configOf } from './support/archive-trouble.ts';
import { createEngine, listHidden, type Engine } from './support/engine.ts';
import { moveDay } from './support/move-day.ts';
import { withinOneDay } from './support/one-day.ts';
import { startRouter, type ConfiguredRouter } from './support/router.ts';
import { sendAll } from './support/send-all.ts';
import { USER, useHdfs } from './support/use-hdfs.ts';

// One archive in HDFS has several writers, and readers that nobody waits for: each message is there once at every moment.

const hdfs = useHdfs();
withinOneDay(120_000);
let archives = 0;
const ROUNDS = 4;
/** Longer than any of these tests. */
const NEVER_MS = 3_600_000;

interface SharedArchive {
  readonly folder: string;
  readonly engine: Engine;
  /** A router that copies to it; all have the same name. */
  start(options: { readonly dataDir: string; readonly promoteAfterMs?: number }): Promise<ConfiguredRouter>;
}

async function makeArchive(): Promise<SharedArchive> {
  const parent = `/shared-${++archives}`;
  await hdfs().makeFolder(parent, USER);
  const folder = `${parent}/archive`;
  return {
    folder,
    engine: await createEngine(hdfs(), folder),
    start: ({ dataDir, promoteAfterMs = 300 }) =>
      startRouter(configOf({ dir: hdfs().archiveUrl(folder), promoteAfterMs, hdfs: { user: USER } }), { dataDir }),
  };
}

/** How many messages the routers of this data folder have received. */
const receivedBy = async (router: ConfiguredRouter): Promise<number> =>
  (await readBooks(router.http)).path.total.received;

/** Waits until a router has heard of its last copy, which an engine may have seen before; all of them went well. */
async function untilAllCopied({ http }: ConfiguredRouter): Promise<void> {
  await expect.poll(async () => (await readBooks(http)).archive.copy?.waitingFiles).toBe(0);
  expect((await readBooks(http)).archive.copy).toMatchObject({ conflicts: 0, failures: 0 });
}

const distinct = (ids: readonly string[]): number => new Set(ids).size;

/** Waits until an engine sees so many messages; each once. */
async function untilSeen({ engine }: SharedArchive, count: number): Promise<void> {
  await expect.poll(async () => (await engine.look()).length, { timeout: 60_000, interval: 200 }).toBe(count);
  expect(distinct(await engine.look())).toBe(count);
}

/** Lets a reader look again and again: at no time is a message there twice, or gone. Stopped, it resolves to how often it has looked. */
function keepLooking({ engine }: SharedArchive): { stop(): Promise<number> } {
  let isOver = false;
  const looking = (async () => {
    let seen: ReadonlySet<string> = new Set();
    let looks = 0;
    for (; !isOver; looks++) {
      const ids = await engine.look();
      const now = new Set(ids);
      expect(now.size, 'messages that are there once').toBe(ids.length);
      expect(
        [...seen].filter((id) => !now.has(id)),
        'messages that were there before',
      ).toEqual([]);
      seen = now;
      await delay(5);
    }
    return looks;
  })();
  looking.catch(() => undefined); // told by stop
  return {
    async stop() {
      isOver = true;
      return looking;
    },
  };
}

describe('one archive in HDFS', () => {
  it('has the messages of two routers of one name once each, whenever somebody reads', async () => {
    const archive = await makeArchive();
    const routers = await Promise.all([1, 2].map(async () => archive.start({ dataDir: await tempDir() })));
    const reader = keepLooking(archive);
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(routers.map((router) => sendAll(router, 500, 500)));
      const [one = 0, other = 0] = await Promise.all(routers.map(receivedBy));
      await untilSeen(archive, one + other); // so that each has files of its own
    }
    expect(await reader.stop()).toBeGreaterThan(1);
    const writers = new Set(
      archive.engine.files().map(({ path }) => path.slice(path.indexOf('/') + 1, path.indexOf('.'))),
    );
    expect([...writers]).toEqual([
      expect.stringMatching(/^shop-[0-9a-f]{8}$/) as string,
      expect.stringMatching(/^shop-[0-9a-f]{8}$/) as string,
    ]);
    expect(archive.engine.files().length).toBeGreaterThanOrEqual(2 * ROUNDS); // there was something to meet in
    for (const router of routers) {
      expect(router.stderr()).toBe('');
      expect(await router.stop()).toBe(0);
    }
    expect(await listHidden(hdfs(), archive.folder)).toEqual([]);
  });

  it('takes a router whose folder was begun anew for another one', async () => {
    const archive = await makeArchive();
    const dataDir = await tempDir();
    const first = await archive.start({ dataDir });
    await sendAll(first, 300);
    const before = await receivedBy(first);
    await untilSeen(archive, before);
    await first.stop('SIGKILL');
    for (const name of await readdir(dataDir)) await rm(join(dataDir, name), { recursive: true });

    const second = await archive.start({ dataDir });
    await sendAll(second, 500);
    await untilSeen(archive, before + (await receivedBy(second)));
    await untilAllCopied(second);
    expect(second.stderr()).toBe('');
    expect(await second.stop()).toBe(0);
  });

  it('has a day that is merged late once, and what was copied of it as it was', async () => {
    const archive = await makeArchive();
    const dataDir = await tempDir();
    const local = join(dataDir, 'archive');
    const [today, yesterday] = [dayOf(Date.now()), dayOf(Date.now() - DAY_MS)];
    const first = await archive.start({ dataDir });
    await sendAll(first, 1_000, 400);
    const copied = await receivedBy(first);
    await untilSeen(archive, copied);
    expect(await first.stop()).toBe(0);
    // Stopped before midnight, with messages that are still where no engine looks.
    const second = await archive.start({ dataDir, promoteAfterMs: NEVER_MS });
    await sendAll(second, 300);
    expect(await receivedBy(second)).toBeGreaterThanOrEqual(copied + 300);
    expect(await second.stop()).toBe(0);
    expect(await archive.engine.look()).toHaveLength(copied);

    // And started after it. As nobody waits here for midnight, what there is becomes a day older.
    await moveDay(local, today, yesterday);
    await hdfs().webHdfs('PUT', `${archive.folder}/dt=${today}`, {
      op: 'RENAME',
      destination: `${archive.folder}/dt=${yesterday}`,
    });
    const aged: SharedArchive = { ...archive, engine: await createEngine(hdfs(), archive.folder) };
    const reader = keepLooking(aged);
    const third = await aged.start({ dataDir });
    await sendAll(third, 200);
    const all = await receivedBy(third);
    await expect.poll(async () => (await aged.engine.look()).length, { timeout: 60_000, interval: 200 }).toBe(all);
    // The day is over: here its files become one, whose messages are in the store in several.
    await expect.poll(async () => (await listArchive(local)).filter(({ dt }) => dt === yesterday).length).toBe(1);
    await reader.stop();
    await untilSeen(aged, all);
    const days = aged.engine.files().map(({ path }) => path.slice(0, path.indexOf('/')));
    expect(new Set(days)).toEqual(new Set([`dt=${yesterday}`, `dt=${today}`]));
    expect(days.filter((day) => day === `dt=${yesterday}`).length).toBeGreaterThan(1);
    await untilAllCopied(third);
    expect(third.stderr()).toBe('');
    expect(await third.stop()).toBe(0);
  });
});
