import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RemoteOptions } from '../../src/store/remote/remote-options.ts';
import { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
import { RemoteError } from '../../src/store/remote/remote.ts';
import { copyingPath } from '../../src/store/remote/remote-path.ts';
import { tempDir } from '../cli/run-cli.ts';
import { remoteContract } from '../contract/remote-contract.ts';
import { startHdfs } from './servers/hdfs.ts';
import { START_WITHIN_MS, USER, useHdfs } from './support/use-hdfs.ts';

const hdfs = useHdfs();
let archives = 0;
/** As the cluster has them. */
const BLOCK = 1_048_576;

/** A folder of its own for each, in one that our user owns. */
async function makePlace() {
  const parent = `/archives-${++archives}`;
  await hdfs().makeFolder(parent, USER);
  return { kind: 'hdfs', nameNodes: hdfs().httpAddresses, path: `${parent}/of metlog 100% \u00e4` } as const;
}

describe('a remote archive in HDFS', () => {
  const cases = remoteContract(async () => {
    const place = await makePlace();
    const openIt = () => createHdfsRemote(place, { user: USER });
    return {
      remote: openIt(),
      another: openIt,
      async leaveHalf(path) {
        const target = `${encodeURI(place.path)}/${copyingPath(path)}`;
        await hdfs().write(target, 'half', USER);
      },
      countAll: async () => {
        const answer = await hdfs()
          .webHdfs('GET', encodeURI(place.path), { op: 'GETCONTENTSUMMARY' })
          .catch(() => undefined);
        return (answer as { ContentSummary: { fileCount: number } } | undefined)?.ContentSummary.fileCount ?? 0;
      },
    };
  });
  it.each(cases)('$name', ({ run }) => run());
});

const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';

async function localFile(content: string | Uint8Array): Promise<string> {
  const path = join(await tempDir(), 'local.parquet');
  await writeFile(path, content);
  return path;
}

async function openArchive(options: RemoteOptions['hdfs'] = { user: USER }) {
  return createHdfsRemote(await makePlace(), options);
}

describe('a copy in HDFS', () => {
  it('is compared by the checksum that HDFS has, whatever its length', async () => {
    const remote = await openArchive();
    const lengths = [1, 511, 512, 513, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK - 1, 4 * BLOCK + 77];
    for (const [i, bytes] of lengths.entries()) {
      const path = PATH.replace('dt=2026-11-27', `dt=2026-11-${10 + i}`);
      const verified = await remote.put(await localFile(randomBytes(bytes)), path);
      expect(verified).toEqual({
        bytes,
        checksum: expect.stringMatching(/^MD5-of-\d+MD5-of-512CRC32C:[0-9a-f]{32}$/) as string,
      });
    }
  });

  it('is compared by the older checksum where a cluster has that', { timeout: START_WITHIN_MS }, async () => {
    const other = await startHdfs({ site: { 'dfs.checksum.type': 'CRC32' } });
    try {
      await other.makeFolder('/a', USER);
      const remote = createHdfsRemote({ kind: 'hdfs', nameNodes: other.httpAddresses, path: '/a' }, { user: USER });
      const { checksum } = await remote.put(await localFile(randomBytes(2 * BLOCK + 1)), PATH);
      expect(checksum).toMatch(/^MD5-of-\d+MD5-of-512CRC32:[0-9a-f]{32}$/);
    } finally {
      await other.stop();
    }
  });
});

describe('a failure of HDFS', () => {
  /** What a put is answered, as it stands in the log. */
  async function failureOf(remote: ReturnType<typeof createHdfsRemote>, content: string | Uint8Array = 'x') {
    const error: unknown = await remote.put(await localFile(content), PATH).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteError);
    return error as RemoteError;
  }
  const at = (nameNodes: readonly string[], path: string, options: RemoteOptions['hdfs'] = { user: USER }) =>
    createHdfsRemote({ kind: 'hdfs', nameNodes, path }, options);

  it('is a wrong path: no right there, or a file in the way', async () => {
    const denied = await failureOf(at(hdfs().httpAddresses, '/nobody-s/archive'));
    expect(denied).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('does not allow it to this user') as string,
    });
    await hdfs().makeFolder('/with-a-file', USER);
    await hdfs().write('/with-a-file/archive', 'x', USER);
    const remote = at(hdfs().httpAddresses, '/with-a-file/archive');
    expect(await failureOf(remote)).toMatchObject({ kind: 'refused' });
    await expect(remote.list()).rejects.toMatchObject({ kind: 'refused' });
  });

  it('is a user without rights', async () => {
    const place = await makePlace();
    expect(await failureOf(createHdfsRemote(place, { user: 'stranger' }))).toMatchObject({ kind: 'refused' });
    await expect(createHdfsRemote(place, { user: 'stranger' }).list()).rejects.toMatchObject({ kind: 'refused' });
  });

  it('is a quota that is full, until there is room', async () => {
    await hdfs().makeFolder('/with-a-quota', USER);
    await hdfs().setSpaceQuota('/with-a-quota', BLOCK);
    const remote = at(hdfs().httpAddresses, '/with-a-quota/archive');
    const full = await failureOf(remote, randomBytes(3 * BLOCK));
    expect(full).toMatchObject({ kind: 'refused', message: expect.stringContaining('full quota') as string });
    await hdfs().setSpaceQuota('/with-a-quota', undefined);
    await remote.put(await localFile(randomBytes(3 * BLOCK)), PATH);
    await hdfs().admin('-setQuota', '4', '/with-a-quota');
    const path = PATH.replace('11-27', '11-28');
    await expect(remote.put(await localFile('x'), path)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('full quota of names') as string,
    });
  });

  it('is safe mode, and passes', async () => {
    const remote = await openArchive();
    await hdfs().setSafeMode(true);
    expect(await failureOf(remote)).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('safe mode') as string,
    });
    expect(await remote.list()).toEqual([]);
    await hdfs().setSafeMode(false);
    await remote.put(await localFile('x'), PATH);
  });

  it('is a door that is not WebHDFS’s', async () => {
    const rpc = await failureOf(at([`127.0.0.1:${hdfs().rpcPort}`], '/a'));
    expect(rpc).toMatchObject({ kind: 'refused', message: expect.stringContaining('9870') as string });
    const server = createServer((_, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const other = await failureOf(at([`127.0.0.1:${port}`], '/a'));
    expect(other).toMatchObject({ kind: 'refused', message: expect.stringContaining('not as WebHDFS does') as string });
    server.close();
    const tls = await failureOf(at(hdfs().httpAddresses, '/a', { user: USER, tls: true }));
    expect(tls).toMatchObject({ kind: 'refused', message: expect.stringContaining('does not speak TLS') as string });
  });

  it('is a NameNode that was killed, and passes when it is back', async () => {
    const remote = await openArchive();
    await remote.put(await localFile('x'), PATH);
    await hdfs().killNameNode();
    expect(await failureOf(remote)).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const starting = hdfs().startNameNode();
    for (;;) {
      const error: unknown = await remote.list().catch((reason: unknown) => reason);
      if (!(error instanceof RemoteError)) break;
      expect(error.kind).toBe('away');
      await wait(20);
    }
    await starting;
    // It is in safe mode until it has heard of the blocks.
    const path = PATH.replace('11-27', '11-28');
    const put = async () => remote.put(await localFile('x'), path).catch((error: unknown) => error);
    await expect.poll(put).toMatchObject({ bytes: 1 });
    await remote.remove(path);
    expect(await remote.list()).toEqual([{ path: PATH, bytes: 1 }]);
  });

  it('is a DataNode that was killed in the middle of a put, and passes when it is back', async () => {
    const remote = await openArchive();
    const from = await localFile(randomBytes(100 * BLOCK));
    const putting = remote.put(from, PATH).catch((reason: unknown) => reason);
    const day = `${encodeURI(remote.url.slice(remote.url.indexOf('/', 'hdfs://'.length)))}/${PATH.slice(0, PATH.indexOf('/'))}`;
    const listed = () =>
      hdfs()
        .webHdfs('GET', day, { op: 'LISTSTATUS' })
        .catch(() => null);
    await expect.poll(async () => JSON.stringify(await listed()), { interval: 5 }).toContain('.copying');
    await hdfs().killDataNode();
    const error = await putting;
    expect(error).toMatchObject({ kind: 'away' });
    expect(await remote.list()).toEqual([]);
    const absent = await failureOf(remote);
    expect(absent).toMatchObject({ kind: 'away' });
    await hdfs().startDataNode();
    await expect.poll(() => remote.put(from, PATH).catch(() => undefined)).toMatchObject({ bytes: 100 * BLOCK });
    expect(await remote.list()).toEqual([{ path: PATH, bytes: 100 * BLOCK }]);
    await remote.tidy(PATH);
  });
});

describe('two NameNodes of HDFS', () => {
  it('keep one archive, whichever of them is active', { timeout: START_WITHIN_MS }, async () => {
    const pair = await startHdfs({ nameNodes: 2 });
    try {
      await pair.makeFolder('/a', USER);
      // The one on standby is asked first.
      const nameNodes = [...pair.httpAddresses].reverse();
      const remote = createHdfsRemote({ kind: 'hdfs', nameNodes, path: '/a' }, { user: USER });
      const from = await localFile(randomBytes(2 * BLOCK));
      await remote.put(from, PATH);
      await pair.killNameNode(0);
      await expect(remote.list()).rejects.toMatchObject({
        kind: 'away',
        message: expect.stringMatching(/ECONNREFUSED.*; .* is on standby/) as string,
      });
      await pair.activate(1);
      const path = PATH.replace('11-27', '11-28');
      await expect
        .poll(() => remote.put(from, path).catch((error: unknown) => error))
        .toMatchObject({ bytes: 2 * BLOCK });
      expect(await remote.list()).toHaveLength(2);
      expect(await remote.put(from, PATH)).toMatchObject({ bytes: 2 * BLOCK });
    } finally {
      await pair.stop();
    }
  });
});
