import { createSocket } from 'node:dgram';
import { access, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Router, RouterConfig, RouterDeps } from '../../src/router/index.ts';
import { listArchive } from '../../src/store/layout.ts';
import { temporaryFolder } from './support/folder.ts';
import { datagram } from './support/lines.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../src/router/index.ts'), 'createRouter'>;
const built = '../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

async function start(config: RouterConfig = {}, deps: RouterDeps = {}): Promise<{ router: Router; dataDir: string }> {
  const dataDir = config.dataDir ?? (await temporaryFolder());
  const router = await createRouter(
    { ...config, dataDir, udp: { port: 0, ...config.udp } },
    { warn: (text) => expect.unreachable(text), ...deps },
  );
  onTestFinished(() => router.close());
  return { router, dataDir };
}

async function send(router: Router, ...datagrams: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const text of datagrams) {
    await new Promise((sent) => socket.send(text, router.address.port, router.address.host, sent));
  }
  await new Promise<void>((closed) => socket.close(closed));
}

const rows = async (dataDir: string): Promise<number> =>
  (await listArchive(join(dataDir, 'archive'))).reduce((sum, { first, last }) => sum + last - first + 1, 0);

describe('createRouter', () => {
  it('brings a datagram into the archive within about a second', async () => {
    const { router, dataDir } = await start();
    await send(router, datagram('a', 0, 3));
    await expect.poll(() => rows(dataDir)).toBe(3);
    await expect.poll(async () => (await router.stats()).archive).toMatchObject({ cursor: 3, waiting: 0 });
    const stats = await router.stats();
    expect(stats).toMatchObject({
      datagrams: 1,
      accepted: 3,
      duplicates: 0,
      refused: {},
      journalFailed: 0,
      pending: 0,
    });
    expect(stats.senders).toMatchObject({ senders: 1, open: 1, missing: 0, implausible: 0, evicted: 0 });
    if (process.platform === 'linux') expect(stats.socketDrops).toBe(0);
  });

  it('archives what it has received when it is closed, and gives the folder free', async () => {
    const { router, dataDir } = await start();
    await send(router, datagram('a', 0, 5), datagram('a', 7, 1), 'nonsense');
    await Promise.all([router.close(), router.close()]);
    expect(await rows(dataDir)).toBe(6);
    expect((await readdir(dataDir)).sort()).toEqual(['archive', 'cursors', 'journal', 'senders.ledger']);
    expect(await readdir(join(dataDir, 'journal'))).toEqual([]);
    expect(await router.stats()).toMatchObject({ accepted: 6, refused: { 'not-json': 1 }, senders: { missing: 2 } });
    expect(await router.accept(Buffer.from(datagram('b', 0, 1)), 'http')).toEqual({ rejected: 'journal-failed' });
  });

  it('goes on numbering after a restart', async () => {
    const first = await start();
    await send(first.router, datagram('a', 0, 5));
    await first.router.close();
    const second = await start({ dataDir: first.dataDir });
    await send(second.router, datagram('a', 5, 5));
    await second.router.close();
    expect((await listArchive(join(first.dataDir, 'archive'))).map(({ first: from, last }) => [from, last])).toEqual([
      [0, 4],
      [5, 9],
    ]);
  });

  it('takes a body and answers once it is journaled', async () => {
    const { router } = await start({ journal: { fsync: 'always' } });
    const body = Buffer.from(`${datagram('a', 0, 2)}{}\n`);
    expect(await router.accept(body, 'http')).toEqual({
      accepted: 2,
      duplicates: 0,
      refused: [{ line: 4, error: 'bad-type' }],
    });
    expect(body).toHaveLength(Buffer.byteLength(`${datagram('a', 0, 2)}{}\n`)); // the caller's bytes stay the caller's
    expect((await router.stats()).accepted).toBe(2);
  });

  it('lets listeners see what is journaled, until they have enough', async () => {
    const { router } = await start();
    const seen: string[][] = [[], []];
    const cancels = seen.map((texts) => router.tap((text) => void texts.push(text)));
    await router.accept(Buffer.from(datagram('a', 0, 2)), 'http');
    await expect.poll(() => seen.map((texts) => texts.join('').split('\n').length)).toEqual([4, 4]);
    cancels[0]?.();
    cancels[0]?.();
    await router.accept(Buffer.from(datagram('a', 2, 1)), 'http');
    await expect.poll(() => seen[1]?.join('').split('\n').length).toBe(6);
    expect(seen[0]?.join('').split('\n')).toHaveLength(4);
  });

  it('refuses a port and a folder that are in use, and leaves no lock behind', async () => {
    const { router, dataDir } = await start();
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: `the data folder ${dataDir} is in use by another metlog (pid ${process.pid})`,
    });
    const other = await temporaryFolder();
    const { port } = router.address;
    await expect(start({ dataDir: other, udp: { port } })).rejects.toMatchObject({
      code: 'udp-unusable',
      message: `udp://127.0.0.1:${port} is in use`,
    });
    await expect(access(join(other, 'lock'))).rejects.toThrow('ENOENT');
    await start({ dataDir: other });
  });

  it('says plainly that the archive cannot be written', async () => {
    const dataDir = await temporaryFolder();
    const dir = join(dataDir, 'file');
    await writeFile(dir, '');
    await expect(start({ dataDir, archive: { dir } })).rejects.toMatchObject({
      code: 'data-dir-unusable',
      message: expect.stringContaining(`the archive ${dir} cannot be written: `) as unknown,
    });
  });

  it('refuses a wrong configuration before it touches anything', async () => {
    const dataDir = join(await temporaryFolder(), 'new');
    await expect(createRouter({ dataDir, udp: { port: -1 } })).rejects.toMatchObject({ code: 'bad-option' });
    await expect(access(dataDir)).rejects.toThrow('ENOENT');
  });

  it('warns of a receive buffer that is smaller than asked for', async () => {
    const warnings: string[] = [];
    const recvBufferBytes = 1024 ** 3;
    const { router } = await start({ udp: { recvBufferBytes } }, { warn: (text) => void warnings.push(text) });
    const { recvBuffer } = await router.stats();
    expect(recvBuffer.askedBytes).toBe(recvBufferBytes);
    expect(recvBuffer.grantedBytes).toBeLessThan(recvBufferBytes);
    expect(warnings).toEqual([
      expect.stringContaining(`${recvBuffer.grantedBytes} bytes instead of ${recvBufferBytes}`),
    ]);
  });

  it('says what a crash had left unfinished', async () => {
    const { router, dataDir } = await start();
    await router.close();
    await writeFile(join(dataDir, 'journal', '0000000000000000.ndjson'), '{"metlog":1,');
    const warnings: string[] = [];
    const next = await start({ dataDir }, { warn: (text) => void warnings.push(text) });
    expect(warnings).toEqual([
      'the last run was cut short: 12 bytes of unfinished text were cut off 1 journal segments',
    ]);
    expect((await next.router.stats()).journal.torn).toEqual({ segments: 1, bytes: 12 });
  });

  it('runs from CommonJS as well', async () => {
    const dataDir = await temporaryFolder();
    const commonjs = createRequire(import.meta.url)('../../dist/router.cjs') as Built;
    const router = await commonjs.createRouter({ dataDir, udp: { port: 0 } });
    await send(router, datagram('a', 0, 1));
    await router.close();
    expect(await rows(dataDir)).toBe(1);
  });
});
