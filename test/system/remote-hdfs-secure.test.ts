import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
import { copyingPath } from '../../src/store/remote/remote-path.ts';
import { RemoteError } from '../../src/store/remote/remote.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { remoteContract } from '../contract/remote-contract.ts';
import { readBooks } from './support/archive-books.ts';
import {
  COPIED_WITHIN_MS,
  configOf,
  expectTrouble,
  QUIET,
  UNTIL_MENDED,
  untilArchived,
} from './support/archive-trouble.ts';
import { startRouter, startRouterFrom } from './support/router.ts';
import { trust } from './support/trust.ts';
import { USER, useSecureHdfs } from './support/use-hdfs.ts';

// A cluster that believes nobody: delegation tokens in place of users, and TLS.

const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';
const TOKEN_REFUSED = /127\.0\.0\.1:\d+ does not accept the delegation token; give a new one(?:: [^\n]+)?\./;

const hdfs = useSecureHdfs();
let archives = 0;

/** A folder of its own for each, in one that our user owns, and a token of that user. */
async function makePlace() {
  const parent = `/archives-${++archives}`;
  await hdfs().makeFolder(parent, USER);
  const nameNodes = hdfs().httpAddresses;
  const place = { kind: 'hdfs', nameNodes, path: `${parent}/of metlog 100% \u00e4` } as const;
  return { place, token: await hdfs().issueToken(USER) };
}

describe('a remote archive in an HDFS that wants a delegation token, by TLS', () => {
  beforeEach(() => trust(hdfs().authority!.text));

  const cases = remoteContract(async () => {
    const { place, token } = await makePlace();
    const openIt = () => createHdfsRemote(place, { delegationToken: token, tls: true });
    return {
      remote: openIt(),
      another: openIt,
      leaveHalf: (path) => hdfs().write(`${encodeURI(place.path)}/${copyingPath(path)}`, 'half', USER),
      countAll: async () => {
        const answer = await hdfs()
          .webHdfs('GET', encodeURI(place.path), { op: 'GETCONTENTSUMMARY' })
          .catch(() => undefined);
        return (answer as { ContentSummary: { fileCount: number } } | undefined)?.ContentSummary.fileCount ?? 0;
      },
    };
  });
  it.each(cases)('$name', ({ run }) => run());

  it('has files of the token’s owner, compared by the checksum that HDFS has', async () => {
    const { place, token } = await makePlace();
    const remote = createHdfsRemote(place, { delegationToken: token, tls: true });
    expect((await remote.put(await localFile('x'), PATH)).checksum).toMatch(/^MD5-of-0MD5-of-512CRC32C:/);
    expect(await hdfs().webHdfs('GET', encodeURI(`${place.path}/${PATH}`), { op: 'GETFILESTATUS' })).toMatchObject({
      FileStatus: { owner: USER, length: 1 },
    });
  });

  it('is refused by a token that was cancelled, cut short or made up, and nothing is lost', async () => {
    const { place, token } = await makePlace();
    const cancelled = await hdfs().issueToken(USER);
    const by = (delegationToken: string) => createHdfsRemote(place, { delegationToken, tls: true });
    await by(cancelled).put(await localFile('x'), PATH);
    await hdfs().cancelToken(cancelled);
    // A negative length first, and one after an identifier of no bytes.
    const madeUp = [
      [0x80, 1, 2, 3],
      [0, 0x80, 1, 2, 3],
    ].map((bytes) => Buffer.from(bytes).toString('base64url'));
    for (const bad of [
      cancelled,
      token.slice(0, 20),
      `${token.slice(0, 60)}${token.slice(64)}`,
      'garbage',
      'ä &?',
      ...madeUp,
    ])
      for (const call of [() => by(bad).list(), async () => by(bad).put(await localFile('other'), PATH)]) {
        const { kind, message } = await failureOf(call());
        expect(kind).toBe('refused');
        expect(message).toMatch(TOKEN_REFUSED);
        expect(message).not.toContain(bad);
      }
    expect(await by(token).list()).toEqual([{ path: PATH, bytes: 1 }]);
  });

  it('is refused to a user without a token, and to who speaks no TLS', async () => {
    const { place, token } = await makePlace();
    const [address] = hdfs().httpAddresses;
    expect(await failureOf(createHdfsRemote(place, { user: USER, tls: true }).list())).toMatchObject({
      kind: 'refused',
      message: `${address!} wants to know who asks, as with Kerberos; give a delegation token.`,
    });
    expect(await failureOf(createHdfsRemote(place, { delegationToken: token }).list())).toMatchObject({
      kind: 'refused',
      message: `${address!} does not speak HTTP; look at its port and http or https.`,
    });
  });
});

it('an HDFS whose certificate nobody vouches for is not spoken to', async () => {
  const { place, token } = await makePlace();
  const remote = createHdfsRemote(place, { delegationToken: token, tls: true });
  expect(await failureOf(remote.put(await localFile('x'), PATH))).toMatchObject({
    kind: 'refused',
    message: `${hdfs().httpAddresses[0]!} has a certificate that is not trusted: self-signed certificate in certificate chain; NODE_EXTRA_CA_CERTS names a file of authorities to trust.`,
  });
});

it('serve copies by TLS what waited for a good token, and query reads it', async () => {
  await hdfs().makeFolder('/of-serve', USER);
  const dir = hdfs().archiveUrl('/of-serve/archive');
  const trusting = { ...QUIET, NODE_EXTRA_CA_CERTS: hdfs().authority!.file };
  const cancelled = await hdfs().issueToken(USER);
  await hdfs().cancelToken(cancelled);
  const waiting = await startRouter(configOf({ dir, hdfs: { tls: true } }), {
    env: { ...trusting, METLOG_HDFS_TOKEN: cancelled },
  });
  await expectTrouble(waiting, {
    url: dir,
    cure: UNTIL_MENDED,
    why: TOKEN_REFUSED,
  });
  const received = await untilArchived(waiting);
  expect(await waiting.stop()).toBe(0);

  const { configPath, dataDir } = waiting;
  const env = { ...trusting, METLOG_HDFS_TOKEN: await hdfs().issueToken(USER) };
  const router = await startRouterFrom(configPath, { dataDir, env });
  await expect
    .poll(async () => (await readBooks(router.http)).archive.copy, { timeout: COPIED_WITHIN_MS })
    .toMatchObject({ trouble: null, waitingFiles: 0, conflicts: 0, expired: 0 });
  const sql = 'SELECT count(*)::INTEGER AS n FROM messages WHERE sender IS NOT NULL';
  const asked = ['query', '--archive', dir, '--config', configPath, '--cache-dir', await tempDir(), '--format', 'json'];
  expect(await runCli([...asked, sql], { env })).toEqual({ code: 0, stdout: `[\n{"n":${received}}\n]\n`, stderr: '' });
  expect(await router.stop()).toBe(0);
});

async function localFile(content: string): Promise<string> {
  const path = join(await tempDir(), 'local.parquet');
  await writeFile(path, content);
  return path;
}

/** What it rejects with, as it stands in the log. */
async function failureOf(call: Promise<unknown>): Promise<RemoteError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}
