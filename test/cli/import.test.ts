import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodeLine } from '../../src/core/encode.ts';
import { createMetlog } from '../../src/node/index.ts';
import { archive, aMessage } from '../report/temp-archive.ts';
import { runCli, serve, startCli, tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const lineAt = (atMs: number, payload = '1'): string =>
  encodeLine({ ...aMessage({ timestamp: new Date(atMs).toISOString(), payload }) });

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

async function ask(dataDir: string, sql: string): Promise<unknown> {
  const { stdout, stderr } = await runHere(['query', '--data-dir', dataDir, '--format', 'json', sql]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}

const countIn = (dataDir: string): Promise<unknown> =>
  ask(dataDir, 'SELECT count(*)::INTEGER AS n, sum(value) AS sum FROM counters');

it('brings a file in, says how much, and says that it has it when it comes again: as gzip, through stdin, under another name', async () => {
  const dir = await tempDir();
  const dataDir = join(dir, 'data');
  const now = Date.now();
  const content = text([lineAt(now, '2'), lineAt(now - DAY_MS, '3'), 'no message', '']);
  await writeFile(join(dir, 'old.ndjson'), content);
  await writeFile(join(dir, 'other.gz'), gzipSync(content));
  const first = await runCli(['import', '--data-dir', dataDir, 'old.ndjson'], { cwd: dir });
  expect(first).toEqual({
    code: 0,
    stdout: '"old.ndjson": 2 messages of 2 days, 1 line skipped\n',
    stderr: 'metlog import: "old.ndjson", line 3: no message (not-json)\n',
  });
  const again = await runCli(['import', '--data-dir', dataDir, 'old.ndjson', 'other.gz'], { cwd: dir });
  expect(again.stdout).toMatch(
    /^"old\.ndjson": imported already at \S+Z, 2 messages, 1 line skipped\n"other\.gz": imported already at \S+Z, 2 messages, 1 line skipped\n$/,
  );
  const piped = await runHere(['import', '--data-dir', dataDir, '-'], { stdin: content });
  expect(piped.stdout).toMatch(/^stdin: imported already/);
  expect([again.code, piped.code]).toEqual([0, 0]);
  expect(await countIn(dataDir)).toEqual([{ n: 2, sum: 5 }]);
  expect(await readdir(join(dataDir, 'archive', '_staging'))).toEqual([]);
});

it('brings in what a query printed, and it is the same', async () => {
  const dir = await tempDir();
  const messages = ['counter', 'timer', 'order.placed'].map((type) =>
    aMessage({ type, payload: '4', metadata: { name: 'x', rate: 0.5, deep: { list: [1, null, 'é'] }, value: 'mine' } }),
  );
  await archive(join(dir, 'a'), messages);
  const all = 'SELECT * FROM messages ORDER BY type';
  const { stdout } = await runHere(['query', '--data-dir', join(dir, 'a'), '--format', 'ndjson', all]);
  expect(stdout.split('\n')).toHaveLength(4);
  const { code } = await runHere(['import', '--data-dir', join(dir, 'b'), '-'], { stdin: stdout });
  expect(code).toBe(0);
  expect(await ask(join(dir, 'b'), all)).toEqual(await ask(join(dir, 'a'), all));
});

it('refuses the days that the archive does not keep, with exit code 1, unless it is told that it does', async () => {
  const dir = await tempDir();
  const content = text([lineAt(Date.now()), lineAt(Date.now() - 40 * DAY_MS), lineAt(Date.now() - 4_000 * DAY_MS)]);
  await writeFile(join(dir, 'old.ndjson'), content);
  const refused = await runCli(['import', '--data-dir', 'data', 'old.ndjson'], { cwd: dir });
  expect(refused.code).toBe(1);
  expect(refused.stdout).toBe('"old.ndjson": 1 message of 1 day\n');
  expect(refused.stderr).toMatch(
    /^metlog import: "old\.ndjson": 2 lines of days before \d{4}-\d\d-\d\d not imported, .* archive\.retentionDays is 30; .*--config\n$/,
  );
  await writeFile(join(dir, 'metlog.config.json'), JSON.stringify({ archive: { retentionDays: 36_500 } }));
  const kept = await runCli(['import', '--data-dir', 'data', 'old.ndjson'], { cwd: dir });
  expect(kept).toEqual({
    code: 0,
    stdout: '"old.ndjson": 2 messages of 3 days, 1 message of an earlier run\n',
    stderr: '',
  });
  expect(await countIn(join(dir, 'data'))).toEqual([{ n: 3, sum: 3 }]);
});

it('brings any day into an archive that is copied to a store, as what waits for that is kept', async () => {
  const dir = await tempDir();
  const content = text([40, 4_000].map((days) => lineAt(Date.now() - days * DAY_MS)));
  const run = async (name: string, more: object) => {
    const config = join(dir, 'c.json');
    await writeFile(config, JSON.stringify({ archive: { dir: 'hdfs://nowhere/archive', ...more } }));
    return runHere(['import', '--data-dir', join(dir, name), '--config', config, '-'], { stdin: content });
  };
  const said = (counts: string, days: string): unknown =>
    expect.stringMatching(
      `^stdin: ${counts}; ${days} before \\d{4}-\\d\\d-\\d\\d for the store, and not kept here once copied\n$`,
    );
  expect(await run('a', {})).toMatchObject({ code: 0, stdout: said('2 messages of 2 days', '2 days') });
  expect(await run('b', { remoteRetentionDays: 50 })).toMatchObject({
    code: 1,
    stdout: said('1 message of 1 day', '1 day'),
  });
  expect(await run('c', { retentionDays: 36_500 })).toMatchObject({ stdout: 'stdin: 2 messages of 2 days\n' });
  expect(await countIn(join(dir, 'a'))).toEqual([{ n: 2, sum: 2 }]);
});

it('says in one line what is wrong with the call, or with the file', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'notes.txt'), 'buy milk\n');
  await writeFile(join(dir, 'torn.gz'), gzipSync(text([lineAt(Date.now())])).subarray(0, 40));
  const run = (...args: string[]) => runCli(['import', '--data-dir', join(dir, 'data'), ...args], { cwd: dir });
  expect(await run()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^metlog import: FILE is missing, .*\n$/) as string,
  });
  expect(await run('a', 'a')).toMatchObject({ code: 2 });
  expect(await run('nowhere')).toMatchObject({ code: 1, stderr: 'metlog import: there is no file "nowhere"\n' });
  expect(await run('.')).toMatchObject({ code: 1, stderr: 'metlog import: "." is no file\n' });
  expect(await run('notes.txt')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/none of its 1 line is a message\n$/) as string,
  });
  expect(await run('torn.gz')).toMatchObject({
    code: 1,
    stderr: 'metlog import: "torn.gz" cannot be read (unexpected end of file)\n',
  });
});

it('fails each time at a file of which no line is a message', async () => {
  const dir = await tempDir();
  const run = () => runHere(['import', '--data-dir', join(dir, 'data'), '-'], { stdin: 'buy milk\n\nand bread' });
  const none = 'metlog import: stdin: none of its 2 lines is a message\n';
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining(none) as string });
  expect(await run()).toEqual({
    code: 1,
    stdout: expect.stringMatching(/^stdin: imported already at \S+Z, 0 messages, 2 lines skipped\n$/) as string,
    stderr: none,
  });
});

it('has each message once after it was killed at any moments and run again', { timeout: 60_000 }, async () => {
  const dir = await tempDir();
  const count = 80_000;
  const start = Date.now() - 3 * DAY_MS;
  const lines = Array.from({ length: count }, (_, number) =>
    lineAt(start + (number / count) * 2 * DAY_MS, String(number)),
  );
  await writeFile(join(dir, 'old.ndjson'), text(lines));
  const args = ['import', '--data-dir', join(dir, 'data'), join(dir, 'old.ndjson')];
  for (const afterMs of [500, 900, 1_300]) {
    const child = startCli(args);
    const exited = once(child, 'exit');
    await Promise.race([pause(afterMs), exited]);
    child.kill('SIGKILL');
    await exited; // while it is there, it imports
  }
  const { code } = await runCli(args);
  expect(code).toBe(0);
  expect(
    await ask(join(dir, 'data'), 'SELECT count(*)::INTEGER AS n, count(DISTINCT payload)::INTEGER AS d FROM messages'),
  ).toEqual([{ n: count, d: count }]);
  expect(await readdir(join(dir, 'data', 'archive', '_staging'))).toEqual([]);
});

it('ends at Ctrl-C with 130, says what is in place, and leaves nothing half', { timeout: 60_000 }, async () => {
  const dir = await tempDir();
  const now = Date.now();
  // The first days are put in place once so many lines came of none of them, and there are some seconds of work behind these.
  const early = [lineAt(now - 2 * DAY_MS), lineAt(now - DAY_MS), lineAt(now - DAY_MS)];
  const more = gzipSync(text([lineAt(now)]).repeat(10_000));
  await writeFile(join(dir, 'old.gz'), Buffer.concat([gzipSync(text(early)), ...Array<Buffer>(80).fill(more)]));
  const child = startCli(['import', '--data-dir', 'data', 'old.gz'], { cwd: dir });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => (said.stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.stderr += piece.toString()));
  const daysInPlace = async (): Promise<number> =>
    (await readdir(join(dir, 'data', 'archive')).catch(() => [])).filter((name) => name.startsWith('dt=')).length;
  await expect.poll(daysInPlace).toBe(2);
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, ...said }).toEqual({
    code: 130,
    stdout: '"old.gz": 3 messages so far, which are in the archive\n',
    stderr: 'metlog import: interrupted; run again: each line is brought in once\n',
  });
  expect(await readdir(join(dir, 'data', 'archive', '_staging'))).toEqual([]);
});

it('brings files in beside a running serve, which answers about them at once', { timeout: 60_000 }, async () => {
  const config = join(await tempDir(), 'metlog.config.json');
  await writeFile(config, JSON.stringify({ archive: { mergeEveryMs: 20 } }));
  const serving = await serve({ args: ['--config', config] });
  const metlog = createMetlog({ logger: 'live', dest: serving.udp });
  for (let round = 0; round < 3; round++) {
    metlog.incr('live');
    await metlog.flush();
    const lines = Array.from({ length: 2_000 }, (_, number) => lineAt(Date.now() - number * 60_000, String(round)));
    const done = await runHere(['import', '--data-dir', serving.dataDir, '-'], { stdin: text(lines) });
    expect([done.code, done.stderr]).toEqual([0, '']);
  }
  const question = [
    'query',
    '--url',
    serving.http,
    '--format',
    'json',
    'SELECT logger, count(*)::INTEGER AS n FROM counters GROUP BY 1 ORDER BY 1',
  ];
  await expect
    .poll(async () => JSON.parse((await runHere(question)).stdout) as unknown)
    .toEqual([
      { logger: 'live', n: 3 },
      { logger: 'shop', n: 6_000 },
    ]);
  await metlog.close();
  expect(await serving.stop()).toBe(0);
  expect(serving.stderr()).toBe('');
});

it('lets one process at a time import a file, and clears what another file’s import left when it was killed', async () => {
  const dir = await tempDir();
  const archiveDir = join(dir, 'data', 'archive');
  const left = join(archiveDir, '_staging', 'import-0123456789abcdef');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, '0.ndjson'), 'half');
  const content = text([lineAt(Date.now())]);
  const results = await Promise.all(
    [1, 2, 3].map(() => runCli(['import', '--data-dir', join(dir, 'data'), '-'], { stdin: content })),
  );
  for (const { code, stderr } of results)
    if (code !== 0) expect(stderr).toMatch(/is being imported by another process\n$/);
  expect(results.some(({ code }) => code === 0)).toBe(true);
  expect(await countIn(join(dir, 'data'))).toEqual([{ n: 1, sum: 1 }]);
  expect(await readdir(join(archiveDir, '_staging'))).toEqual([]);
});
