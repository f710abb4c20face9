import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeReport } from '../../src/core/report.ts';
import { createMetlog } from '../../src/node/index.ts';
import type { LedgerSummary, Router } from '../../src/router/index.ts';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { listArchive } from '../../src/store/layout.ts';
import { temporaryFolder } from './support/folder.ts';
import { datagram, headerLine } from './support/lines.ts';
import { startRouterProcess } from './support/router-process.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../src/router/index.ts'), 'createRouter'>;
const built = '../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

const MAX_LIFE_MS = 700;
const SENDERS = ['a', 'b', 'c'];
/** A router that ends: killed, or as it should. */
const ENDS = ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const;

async function start(dataDir: string): Promise<Router> {
  const router = await createRouter({ dataDir, udp: { port: 0 } }, { warn: () => undefined });
  onTestFinished(() => router.close());
  return router;
}

const totalOf = async (router: Router): Promise<LedgerSummary['total']> => (await router.ledger()).total;

/** Messages in the archive, each counted once. */
async function countArchived(dir: string): Promise<number> {
  const files = (await listArchive(dir)).map(({ path }) => sqlText(path));
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 512, threads: 1 });
  const sql = `SELECT count(DISTINCT (sender, seq))::INTEGER AS n FROM read_parquet([${files.join(', ')}])`;
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  close();
  return Number(row?.['n']);
}

describe('the path’s book of a router', () => {
  it('closes the book of a client that closes, with all that it said', async () => {
    const router = await start(await temporaryFolder());
    const { host, port } = router.address;
    const metlog = createMetlog({ logger: 'shop', dest: `udp://${host}:${port}`, onError: () => undefined });
    for (let i = 0; i < 1_000; i++) metlog.incr('a');
    metlog.incr('');
    await metlog.close();
    await expect.poll(async () => (await router.ledger()).senders).toMatchObject({ open: 0, closed: 1, silent: 0 });
    expect(await router.ledger()).toMatchObject({
      total: { began: 1, closed: 1, numbered: 1_001, received: 1_001, missing: 0, dropped: { invalid: 1 } },
      rows: [{ logger: 'shop', received: 1_001 }],
      worst: [],
    });
  });

  it('balances with the archive, whatever a router that is killed took with it', async () => {
    const dataDir = await temporaryFolder();
    const next = new Map(SENDERS.map((sender) => [sender, 0]));
    const socket = createSocket('udp4');
    socket.on('error', () => undefined); // nobody listens between two lives
    onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    const send = (text: string, port: number): void => socket.send(text, port, '127.0.0.1');

    for (const end of ENDS) {
      const { child, said, ended } = await startRouterProcess(dataDir);
      if (!('port' in said)) throw new Error(said.message);
      const timer = setInterval(() => {
        for (const sender of SENDERS) {
          const seq = next.get(sender) ?? 0;
          const count = 1 + Math.floor(Math.random() * 30);
          if (Math.random() < 0.9) send(datagram(sender, seq, count), said.port);
          next.set(sender, seq + count);
        }
      }, 1);
      await delay(100 + Math.random() * MAX_LIFE_MS);
      child.kill(end);
      await ended;
      clearInterval(timer);
    }

    const router = await start(dataDir);
    const report = { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {}, ageMs: 0, final: true };
    for (const [sender, seq] of next) {
      send(`${headerLine({ sender, seq })}\n${encodeReport(report, Date.now())}\n`, router.address.port);
    }
    await expect.poll(async () => (await router.ledger()).senders.closed).toBe(SENDERS.length);
    const total = await totalOf(router);
    const numbered = [...next.values()].reduce((sum, seq) => sum + seq + 1, 0);
    expect(total).toMatchObject({ numbered, missing: numbered - total.received, uncounted: 0, silent: 0 });
    await router.close();
    expect(await countArchived(`${dataDir}/archive`)).toBe(total.received);
    expect(await totalOf(router)).toEqual(total);
  }, 60_000);
});
