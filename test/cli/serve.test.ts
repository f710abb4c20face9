import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveFileName, listArchive } from '../../src/store/layout.ts';
import { aMessage, archive } from '../report/temp-archive.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, serve, startCli, tempDir, type Serving } from './run-cli.ts';

/** What was sent; the senders' own reports come beside it. */
const TYPES_SQL = "select type from messages where type not like 'metlog.%'";

describe('metlog serve', () => {
  it('prints where it listens, then that it is ready, and nothing else', async () => {
    const { lines, udp, http, stderr } = await serve();
    expect(lines).toEqual([`metlog: ${udp}`, `metlog: ${http}`, 'metlog: ready']);
    expect(udp).toMatch(/^udp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(http).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(stderr()).toBe('');
  });

  it('takes folder and ports from the environment', async () => {
    const dataDir = await tempDir();
    const env = { METLOG_DATA_DIR: dataDir, METLOG_UDP_PORT: '0', METLOG_HTTP_PORT: '0' };
    const child = startCli(['serve'], { env });
    let said = '';
    child.stdout.on('data', (part: Buffer) => (said += part.toString()));
    await expect.poll(() => said).toContain('metlog: ready');
    expect(await readdir(dataDir)).toContain('archive');
  });

  it('listens on ::1 where it is asked to', async () => {
    const { udp, http } = await serve({ args: ['--host', '::1', '--udp-host', '::1'] });
    expect(udp).toMatch(/^udp:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
    expect((await runCli(['send', 'x', '--dest', udp])).code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('at %s archives what it has received and ends with 0', async (signal) => {
    const { udp, dataDir, stop, stderr } = await serve();
    expect((await runCli(['send', 'last.words', '--dest', udp])).code).toBe(0);
    expect(await stop(signal)).toBe(0);
    expect(stderr()).toBe('');
    expect((await runCli(['query', TYPES_SQL, '--data-dir', dataDir, '--format', 'csv'])).stdout).toBe(
      'type\r\nlast.words\r\n',
    );
    expect(await readdir(dataDir)).not.toContain('lock');
  });

  it('ends with 0 though a tail, an idle connection and half a request are open', async () => {
    const { http, stop } = await serve();
    const tail = await fetch(`${http}/api/tail`);
    const { port } = new URL(http);
    const half = connect(Number(port), '127.0.0.1');
    half.on('error', () => undefined); // it will be cut
    half.write('POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf');
    await once(half, 'connect');
    expect(await stop()).toBe(0);
    await tail.body?.cancel().catch(() => undefined); // the connection may be gone already
  });

  it('ends in spite of work that never does, and keeps what it received', async () => {
    const { serving, fifo } = await serveHanging();
    const closed = once(serving.child, 'close'); // `exit` may come before its last words are read
    serving.child.kill('SIGTERM');
    expect(await closed).toEqual([null, 'SIGTERM']);
    expect(serving.stderr()).toBe(
      'metlog serve: not all was archived in time; the next start goes on with what is journaled\n',
    );
    await rm(fifo);
    const again = await serve({ dataDir: serving.dataDir });
    expect(await again.stop()).toBe(0);
    expect(await archivedTypes(serving.dataDir)).toEqual(['last.words']);
  });

  it('ends at once at a second signal, as that signal ends a process', async () => {
    const { serving } = await serveHanging();
    const exited = once(serving.child, 'exit');
    serving.child.kill('SIGTERM');
    await expect.poll(async () => fetch(serving.http).catch(() => 'closed')).toBe('closed');
    serving.child.kill('SIGINT');
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(serving.stderr()).toBe('');
  });

  it('goes on and drains when nobody reads its stderr any more', async () => {
    const { child, dataDir, udp, http, stop } = await serve();
    child.stderr!.destroy();
    const obstacle = join(dataDir, 'cursors', 'archive~');
    await mkdir(obstacle); // archiving fails, of which it tells
    await runCli(['send', 'last.words', '--dest', udp]);
    await expect.poll(async () => (await books(http)).archive.failures).toBeGreaterThan(0);
    await rmdir(obstacle);
    expect(await stop()).toBe(0);
    expect(await archivedTypes(dataDir)).toEqual(['last.words']);
  });

  it('starts, goes on and drains when nobody reads its stdout', async () => {
    const dataDir = await tempDir();
    const [udpPort, httpPort] = [String(await freePort()), String(await freePort())];
    const child = startCli(['serve', '--data-dir', dataDir, '--udp-port', udpPort, '--http-port', httpPort]);
    child.stdout.destroy(); // before it has said anything
    const health = async (): Promise<number> =>
      fetch(`http://127.0.0.1:${httpPort}/healthz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health).toBe(200);
    expect((await runCli(['send', 'last.words', '--dest', `udp://127.0.0.1:${udpPort}`])).code).toBe(0);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await archivedTypes(dataDir)).toEqual(['last.words']);
  });

  it('deletes the days that are too old, and no other', async () => {
    const now = Date.now();
    const dayFolder = (daysAgo: number): string =>
      `dt=${new Date(now - daysAgo * 86_400_000).toISOString().slice(0, 10)}`;
    const serveWith = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
      const dataDir = await tempDir();
      const dir = await archive(dataDir, [aMessage()]);
      const [only] = await listArchive(dir);
      await mkdir(join(dir, dayFolder(5)));
      await mkdir(join(dir, dayFolder(2)));
      await copyFile(only!.path, join(dir, dayFolder(2), archiveFileName(1, 1)));
      await rename(only!.path, join(dir, dayFolder(5), archiveFileName(0, 0)));
      await serve({ dataDir, args, env });
      return dir;
    };
    const archives = await Promise.all([
      serveWith(['--retention-days', '3'], { METLOG_RETENTION_DAYS: '1' }), // what is given wins
      serveWith([], { METLOG_RETENTION_DAYS: '3' }),
    ]);
    for (const dir of archives) {
      await expect.poll(() => existsSync(join(dir, dayFolder(5)))).toBe(false);
      expect(await readdir(join(dir, dayFolder(2)))).toEqual([archiveFileName(1, 1)]);
    }
  });

  it('says that the folder is in use, by whom, and leaves it alone', async () => {
    const { dataDir, child } = await serve();
    const { code, stdout, stderr } = await runCli([
      'serve',
      '--data-dir',
      dataDir,
      '--udp-port',
      '0',
      '--http-port',
      '0',
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `metlog serve: the data folder ${dataDir} is in use by another metlog (pid ${String(child.pid)})\n`,
    );
  });

  it('says that a UDP port is in use', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const port = String(taken.address().port);
    const { code, stderr } = await runCli([
      'serve',
      '--data-dir',
      await tempDir(),
      '--udp-port',
      port,
      '--http-port',
      '0',
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^metlog serve: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*in use[^\\n]*--udp-port names another port[^\\n]*\\n$`,
      ),
    );
  });

  it('says that an HTTP port is in use, and gives the folder free', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const dataDir = await tempDir();
    expect(await runCli(['serve', '--data-dir', dataDir, '--udp-port', '0', '--http-port', port])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog serve: cannot listen at http://127.0.0.1:${port}: the port is in use; --http-port names another port (0: any free one)\n`,
    });
    expect(await readdir(dataDir)).not.toContain('lock');
  });

  it('says that the folder is a file', async () => {
    const path = join(await tempDir(), 'file');
    await writeFile(path, '');
    const { code, stderr } = await runCli(['serve', '--data-dir', path, '--udp-port', '0', '--http-port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^metlog serve: the data folder [^\n]* cannot be written: [^\n]*\n$/);
  });

  it('says that the folder cannot be written', async () => {
    // Root may write everywhere but where the kernel says what there is.
    const dir = process.getuid?.() === 0 ? '/sys/kernel/metlog' : join(await tempDir(), 'locked');
    if (process.getuid?.() !== 0) {
      await mkdir(dir);
      await chmod(dir, 0o500);
    }
    const { code, stderr } = await runCli(['serve', '--data-dir', dir, '--udp-port', '0', '--http-port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^metlog serve: the data folder [^\n]* cannot be written: [^\n]*\n$/);
  });

  it('answers 413 to a body that is too large while it is still being sent', async () => {
    const { http } = await serve();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(97)),
    });
    const answered = fetch(`${http}/v1/messages`, { method: 'POST', body, duplex: 'half' }).then(
      ({ status }) => status,
      // The connection may be cut under a sender that goes on; that stops it as well.
      () => 413,
    );
    expect(await answered).toBe(413);
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
  });

  it('takes messages over HTTP and shows them in summary and query', async () => {
    const { http } = await serve();
    const header = '{"metlog":1,"logger":"web","sender":"abcdefghijklmnop","seq":0}';
    const body = `${header}\n{"type":"page.view","payload":"/"}\nnonsense\n`;
    const post = (): Promise<Response> => fetch(`${http}/v1/messages`, { method: 'POST', body });
    const response = await post();
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: 1, refused: [{ line: 3, error: 'not-json' }] });
    expect((await post()).status).toBe(202); // the same again: taken once
    const ask = async (): Promise<unknown> => {
      const answer = await fetch(`${http}/api/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql: 'select logger, type, payload from messages' }),
      });
      return ((await answer.json()) as { rows: unknown }).rows;
    };
    await expect.poll(ask).toEqual([{ logger: 'web', type: 'page.view', payload: '/' }]);
    expect(await (await fetch(`${http}/api/ledger`)).json()).toMatchObject({
      input: { accepted: 1, refused: { 'not-json': 1 } },
    });
  });

  it('serves the page', async () => {
    const { http } = await serve();
    const html = await (await fetch(http)).text();
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(parts).toHaveLength(2);
    for (const path of parts) expect((await fetch(http + path)).status).toBe(200);
  });

  it('keeps what is journaled when it is killed', async () => {
    const { udp, http, dataDir, stop } = await serve();
    await runCli(['send', 'before.kill', '--dest', udp]);
    await expect.poll(async () => (await books(http)).input.accepted).toBe(2); // the message, and its sender's report
    await stop('SIGKILL');
    const again = await serve({ dataDir });
    expect(await again.stop()).toBe(0);
    expect(await archivedTypes(dataDir)).toEqual(['before.kill']);
  });
});

interface Books {
  readonly input: { readonly accepted: number };
  readonly archive: { readonly failures: number };
}

const books = async (http: string): Promise<Books> => (await (await fetch(`${http}/api/ledger`)).json()) as Books;

/** The type of each message in the archive. */
async function archivedTypes(dataDir: string): Promise<readonly string[]> {
  const { stdout } = await runCli(['query', TYPES_SQL, '--data-dir', dataDir, '--format', 'json']);
  return (JSON.parse(stdout) as { type: string }[]).map(({ type }) => type);
}

/** `metlog serve` whose archiving hangs for ever: it opens a FIFO for writing, and nobody reads from that. */
async function serveHanging(): Promise<{ serving: Serving; fifo: string }> {
  const serving = await serve();
  const fifo = join(serving.dataDir, 'cursors', 'archive~');
  execFileSync('mkfifo', [fifo]);
  await runCli(['send', 'last.words', '--dest', serving.udp]);
  // In the archive, so that the cursor is moved next.
  await expect.poll(() => archivedTypes(serving.dataDir)).toEqual(['last.words']);
  return { serving, fifo };
}

describe('without @duckdb/node-api', () => {
  it.each([
    ['serve', ['serve', '--udp-port', '0', '--http-port', '0']],
    ['query', ['query', 'select 1']],
    ['merge', ['merge']],
  ])('%s says what to install', async (_name, args) => {
    const cwd = await tempDir();
    await mkdir(join(cwd, 'metlog-data', 'archive'), { recursive: true });
    // A loader that finds everything but that package, as where it is not installed.
    const hooks = `export async function resolve(specifier, context, next) {
      if (specifier.startsWith('@duckdb/')) throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(specifier, context);
    }`;
    await writeFile(join(cwd, 'hooks.mjs'), hooks);
    await writeFile(
      join(cwd, 'without.mjs'),
      "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
    );
    const { code, stderr } = await runCli(args, { cwd, env: { NODE_OPTIONS: `--import ${join(cwd, 'without.mjs')}` } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^metlog \w+: @duckdb\/node-api is needed for [\w ]+; install it with: npm install @duckdb\/node-api\n$/,
    );
  });
});

describe('a full disk', () => {
  it('is said plainly, and what is journaled stays', async ({ skip }) => {
    // A file system of its own, as small as a disk that is nearly full.
    const dir = await tempDir();
    const mount = spawn('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
    const [code] = (await Promise.race([once(mount, 'exit'), once(mount, 'error').then(() => [1])])) as [number];
    if (code !== 0) skip('a full disk cannot be tried here: mounting a tmpfs needs root');
    onTestFinished(async () => {
      await once(spawn('umount', ['-l', dir]), 'exit');
    });
    const { http, stderr, stop } = await serve({ dataDir: dir });
    const post = async (index: number): Promise<number> => {
      const header = `{"metlog":1,"logger":"web","sender":"abcdefghijklmnop","seq":${index}}`;
      const line = `{"type":"big","payload":"${String(index).padEnd(100_000, 'x')}"}`;
      return (await fetch(`${http}/v1/messages`, { method: 'POST', body: `${header}\n${line}\n` })).status;
    };
    const statuses: number[] = [];
    for (let index = 0; index < 40 && statuses.at(-1) !== 503; index++) statuses.push(await post(index));
    expect(statuses.at(0)).toBe(202);
    expect(statuses.at(-1)).toBe(503);
    await expect.poll(stderr).toMatch(/^metlog serve: [^\n]*(ENOSPC|no space left)[^\n]*\n/i);
    expect(await stop()).toBe(0);
    const roomy = join(await tempDir(), 'data');
    await cp(dir, roomy, { recursive: true });
    const again = await serve({ dataDir: roomy });
    expect(await again.stop()).toBe(0);
    const accepted = statuses.filter((status) => status === 202);
    expect(await archivedTypes(roomy)).toEqual(accepted.map(() => 'big'));
  });
});
