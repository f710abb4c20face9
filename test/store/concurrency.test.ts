import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { listAllFiles } from '../../src/store/layout.ts';
import { createMerger } from '../../src/store/merge/merge.ts';
import { openStore } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

const START_MS = Date.parse(`${DAY}T01:00:00.000Z`);
const SQL = 'SELECT count(*) AS n, count(DISTINCT seq) AS numbers, coalesce(max(seq) + 1, 0) AS next FROM messages';
/** The clock's step from one segment to the next: a superseded file goes two steps later. */
const STEP_MS = 30_000;

/** Writes and merges without pause, with a clock that runs ahead, until `stop`: promotes, supersedes and deletes all the time. */
async function startWriting(dir: string) {
  const archive = join(dir, 'archive');
  const writer = await createArchiveWriter(archive);
  const merger = await createMerger(archive);
  const state = { begun: 0, written: 0, merged: 0, removed: 0, stopped: false };
  const loop = (async () => {
    for (let now = START_MS; !state.stopped; now += STEP_MS) {
      const lines = [header({ sender: 's', seq: state.written }), ...Array.from({ length: 10 }, () => line())];
      const one = await segment(dir, state.written, lines);
      state.begun = state.written + 10;
      const { path } = await writer.write(one);
      state.written = state.begun;
      await utimes(path, now / 1000, now / 1000);
      const report = await merger.run({ before: state.written, now });
      state.merged += report.mergedCount;
      state.removed += report.removedCount;
    }
  })();
  return {
    archive,
    state,
    async stop() {
      state.stopped = true;
      await loop;
      await Promise.all([writer.close(), merger.close()]);
    },
  };
}

it('lets a hundred readers see every row exactly once while files are written, merged, promoted and deleted', async () => {
  const writing = await startWriting(await tempDir());
  const store = await openStore(writing.archive);
  const readers = Array.from({ length: 100 }, async () => {
    // Until enough has happened meanwhile; the fastest reads some hundred times.
    for (let round = 0; round < 4 || writing.state.removed < 64; round++) {
      const least = writing.state.written;
      const { rows } = await store.query(SQL);
      const [row] = rows;
      expect(row).toEqual({ n: row!['n'], numbers: row!['n'], next: row!['n'] });
      expect(row!['n']).toBeGreaterThanOrEqual(least);
      expect(row!['n']).toBeLessThanOrEqual(writing.state.begun);
    }
  });
  const results = await Promise.allSettled(readers);
  await writing.stop();
  await store.close();
  expect(results.filter((result) => result.status === 'rejected')).toEqual([]);
  expect(writing.state.merged).toBeGreaterThan(64);
});

it('lets two other processes query while this one writes', async () => {
  const dir = await tempDir();
  const writing = await startWriting(dir);
  onTestFinished(() => writing.stop());
  // The source is TypeScript, which Node 20 does not run: the child gets it bundled.
  await symlink(resolve('node_modules'), join(dir, 'node_modules'));
  await build({ entryPoints: ['src/store/query.ts'], outfile: join(dir, 'query.mjs'), bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' }); // prettier-ignore
  const script = `import { openStore } from './query.mjs';
    const store = await openStore('archive', { memoryLimitMiB: 64, threads: 1 });
    const counts = [];
    while (counts.length < 10 || counts.at(-1) === counts[0]) { // until it has seen the archive grow
      const [row] = (await store.query(${JSON.stringify(SQL)})).rows;
      counts.push(row.n);
      console.log(JSON.stringify(row));
    }
    await store.close();`;
  await writeFile(join(dir, 'child.mjs'), script);
  const children = [1, 2].map(async () => {
    const child = spawn(process.execPath, ['child.mjs'], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const counts: number[] = [];
    for await (const text of createInterface({ input: child.stdout })) {
      const { n, numbers, next } = JSON.parse(text) as { n: number; numbers: number; next: number };
      expect([numbers, next]).toEqual([n, n]);
      counts.push(n);
    }
    expect(await exited).toEqual([0, null]);
    return counts;
  });
  for (const counts of await Promise.all(children)) {
    expect(counts.length).toBeGreaterThanOrEqual(10);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)!).toBeGreaterThan(counts[0]!);
  }
});

it('keeps a day to few files', async () => {
  const dir = await tempDir();
  const archive = join(dir, 'archive');
  const writer = await createArchiveWriter(archive);
  const merger = await createMerger(archive);
  const store = await openStore(archive);
  onTestFinished(async () => {
    await Promise.all([writer.close(), merger.close(), store.close()]);
  });
  // 360 segments stand for the day: one every four minutes, of 300 loggers and five types.
  const midnight = Date.parse(`${DAY}T00:00:00.000Z`);
  const types = ['counter', 'timer', 'gauge', 'log', 'order.placed'];
  let offset = 0;
  let mostFiles = 0;
  for (let now = midnight; now < midnight + 86_400_000; now += 240_000) {
    const lines = Array.from({ length: 25 }, (_, index) => [
      header({
        logger: `logger-${(offset + index) % 300}`,
        seq: offset + index,
        received: new Date(now).toISOString(),
      }),
      line({ type: types[(offset + index) % 5] }),
    ]);
    const { path } = await writer.write(await segment(dir, offset, lines.flat()));
    await utimes(path, now / 1000, now / 1000);
    offset += 25;
    await merger.run({ before: offset, now });
    mostFiles = Math.max(mostFiles, (await listAllFiles(archive)).length);
  }
  expect(mostFiles).toBeLessThan(150);
  await merger.run({ before: offset, now: midnight + 86_400_000 + 16 * 60_000 });
  await merger.run({ before: offset, now: midnight + 86_400_000 + 18 * 60_000 });
  expect(await listAllFiles(archive)).toHaveLength(1);
  const { rows } = await store.query(
    'SELECT count(*) AS n, count(DISTINCT seq) AS numbers, count(DISTINCT logger) AS loggers FROM messages',
  );
  expect(rows).toEqual([{ n: offset, numbers: offset, loggers: 300 }]);
}, 60_000);
