import { createSocket } from 'node:dgram';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { listArchive } from '../../src/store/layout.ts';
import { temporaryFolder } from './support/folder.ts';
import { datagram } from './support/lines.ts';
import { startRouterProcess, type RouterProcess } from './support/router-process.ts';

/** `METLOG_KILLS=50` for the long form. */
const KILLS = Number(process.env['METLOG_KILLS'] ?? 3);
const MAX_LIFE_MS = 900;
const SECONDS_A_KILL = 5;

/** Sends without a pause what a few clients would, until it is stopped. */
function startLoad(port: number, name: string): () => Promise<void> {
  const socket = createSocket('udp4');
  const next = [0, 0, 0];
  const timer = setInterval(() => {
    next.forEach((seq, i) => {
      const count = 1 + Math.floor(Math.random() * 30);
      socket.send(datagram(`${name}-${i}`, seq, count), port, '127.0.0.1');
      next[i] = seq + count;
    });
  }, 1);
  socket.on('error', () => undefined); // the router is killed meanwhile
  return async () => {
    clearInterval(timer);
    await new Promise<void>((resolve) => socket.close(resolve));
  };
}

/** Every message whose line is whole in the journal: `sender,seq`. */
async function readJournal(dataDir: string): Promise<string[]> {
  const dir = join(dataDir, 'journal');
  const found: string[] = [];
  for (const name of await readdir(dir)) {
    let header = { sender: '', seq: 0 };
    const whole = (await readFile(join(dir, name), 'utf8')).split('\n').slice(0, -1);
    for (const line of whole) {
      if (line.startsWith('{"metlog":')) header = JSON.parse(line) as typeof header;
      else found.push(`${header.sender},${header.seq++}`);
    }
  }
  return found;
}

function portOf(router: RouterProcess): number {
  if (!('port' in router.said)) throw new Error(router.said.message);
  return router.said.port;
}

describe('a router that is killed', () => {
  it(
    'has every message that was in its journal in the archive exactly once, after it was started again',
    async () => {
      const dataDir = await temporaryFolder();
      const onDisk = new Set<string>();
      // It may be killed each time before anything is journaled.
      for (let kill = 0; kill < KILLS || onDisk.size === 0; kill++) {
        const router = await startRouterProcess(dataDir);
        const stopLoad = startLoad(portOf(router), `run${kill}`);
        await delay(Math.random() * MAX_LIFE_MS);
        router.child.kill('SIGKILL');
        await router.ended;
        await stopLoad();
        for (const message of await readJournal(dataDir)) onDisk.add(message);
      }

      const last = await startRouterProcess(dataDir);
      portOf(last);
      last.child.kill('SIGTERM');
      expect(await last.ended).toEqual([0, null]);
      expect(await readdir(join(dataDir, 'journal'))).toEqual([]);

      const expected = join(dataDir, 'expected.csv');
      await writeFile(expected, ['sender,seq', ...onDisk].join('\n'));
      const files = (await listArchive(join(dataDir, 'archive'))).map(({ path }) => sqlText(path));
      const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 512, threads: 1 });
      const result = await connection.runAndReadAll(`
        WITH archived AS (SELECT sender, seq, name FROM read_parquet([${files.join(', ')}])),
          on_disk AS (SELECT * FROM read_csv(${sqlText(expected)}, columns = {sender: 'VARCHAR', seq: 'BIGINT'}))
        SELECT
          (SELECT count(*) FROM on_disk ANTI JOIN archived USING (sender, seq))::INTEGER AS lost,
          (SELECT count(*) FROM (SELECT 1 FROM archived GROUP BY sender, seq HAVING count(*) > 1))::INTEGER AS repeated,
          (SELECT count(*) FROM archived WHERE name <> 'n' || seq)::INTEGER AS mixed_up,
          (SELECT count(*) FROM archived)::INTEGER >= ${onDisk.size} AS all_there`);
      close();
      expect(result.getRowObjectsJson()).toEqual([{ lost: 0, repeated: 0, mixed_up: 0, all_there: true }]);
    },
    (KILLS + 10) * SECONDS_A_KILL * 1_000,
  );
});
