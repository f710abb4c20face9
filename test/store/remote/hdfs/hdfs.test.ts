import { getEventListeners, once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionError } from '../../../../src/store/remote/hdfs/hdfs-error.ts';
import { createHdfsRemote } from '../../../../src/store/remote/hdfs/hdfs.ts';
import { createWebHdfs } from '../../../../src/store/remote/hdfs/web-hdfs.ts';
import { copyingPath } from '../../../../src/store/remote/remote-path.ts';
import { tempDir } from '../../../cli/run-cli.ts';
import { remoteContract } from '../../../contract/remote-contract.ts';
import { selfSigned } from '../../../router/sinks/support/certificate.ts';
import { endless } from '../endless.ts';
import { fileStatus, json, refuse, startFakeWebHdfs, type FakeWebHdfs } from './fake-web-hdfs.ts';

const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';
const TOKEN = 'c2VjcmV0';

const openOn = (fakes: readonly FakeWebHdfs[], options: Parameters<typeof createHdfsRemote>[1] = { user: 'metlog' }) =>
  createHdfsRemote({ kind: 'hdfs', nameNodes: fakes.map(({ address }) => address), path: '/a' }, options);

async function localFile(content: string): Promise<string> {
  const path = join(await tempDir(), 'local.parquet');
  await writeFile(path, content);
  return path;
}

/** What has no answer of WebHDFS behind it, as it is told. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly kind: string; readonly message: string }> {
  return (await call.catch((error: unknown) => error)) as { readonly kind: string; readonly message: string };
}

describe('a remote archive by WebHDFS, without a checksum that is known', () => {
  const cases = remoteContract(async () => {
    const fake = await startFakeWebHdfs();
    return {
      remote: openOn([fake]),
      another: () => openOn([fake]),
      leaveHalf: async (path) => void fake.files.set(`/a/${copyingPath(path)}`, Buffer.from('half')),
      countAll: async () => fake.files.size,
    };
  });
  it.each(cases)('$name', ({ run }) => run());

  it('does not keep what the store did not keep as it was sent', async () => {
    const fake = await startFakeWebHdfs();
    fake.intercept = ({ op, query, path }) => {
      if (op === 'OPEN' && query.get('noredirect') !== 'true') fake.files.set(path, Buffer.from('Sent'));
      return false;
    };
    expect(await failureOf(openOn([fake]).put(await localFile('sent'), PATH))).toMatchObject({ kind: 'away' });
    expect(fake.files.has(`/a/${PATH}`)).toBe(false);
  });

  it('is not touched by what comes late of an earlier attempt', async () => {
    const fake = await startFakeWebHdfs();
    const from = await localFile('whole');
    let first = '';
    fake.intercept = ({ op, path, query, incoming }) => {
      if (op !== 'CREATE' || query.get('noredirect') === 'true') return false;
      first = path;
      incoming.socket.destroy();
      return true;
    };
    const remote = openOn([fake]);
    expect(await failureOf(remote.put(from, PATH))).toMatchObject({ kind: 'away' });
    fake.intercept = ({ op }) => {
      if (op === 'RENAME') fake.files.set(first, Buffer.from('half'));
      return false;
    };
    await remote.put(from, PATH);
    expect(fake.files.get(`/a/${PATH}`)?.toString()).toBe('whole');
    await remote.tidy(PATH);
    expect([...fake.files.keys()]).toEqual([`/a/${PATH}`]);
  });

  it('reads back what it has put through a gateway that has no checksums', async () => {
    const fake = await startFakeWebHdfs();
    fake.intercept = ({ op }, response) =>
      op === 'GETFILECHECKSUM' && refuse(response, 'UnsupportedOperationException', 'GETFILECHECKSUM', 400);
    const remote = openOn([fake]);
    expect(await remote.put(await localFile('x'), PATH)).toMatchObject({
      bytes: 1,
      checksum: expect.stringMatching(/^SHA-256:/) as string,
    });
    expect(await failureOf(remote.put(await localFile('y'), PATH))).toMatchObject({ kind: 'conflict' });
  });

  it('has put a file whose renaming was done and not answered', async () => {
    const fake = await startFakeWebHdfs();
    const from = await localFile('x');
    fake.intercept = ({ op, path, query, incoming }) => {
      if (op !== 'RENAME') return false;
      fake.files.set(query.get('destination')!, fake.files.get(path)!);
      fake.files.delete(path);
      incoming.socket.destroy();
      return true;
    };
    const remote = openOn([fake]);
    expect(await failureOf(remote.put(from, PATH))).toMatchObject({ kind: 'away' });
    expect(await remote.put(from, PATH)).toMatchObject({ bytes: 1 });
    expect([...fake.files.keys()]).toEqual([`/a/${PATH}`]);
  });
});

describe('a folder that is not there', () => {
  it('holds nothing, and is told from an empty one by who asks for that', async () => {
    const fake = await startFakeWebHdfs();
    const remote = openOn([fake]);
    expect(await remote.list()).toEqual([]);
    expect(await failureOf(remote.requireFolder!())).toMatchObject({
      kind: 'refused',
      message: `there is no folder /a in HDFS at ${fake.address}.`,
    });
    fake.intercept = ({ op }, response) =>
      op === 'GETFILESTATUS' && json(response, { FileStatus: fileStatus('', 0, 'DIRECTORY') });
    await remote.requireFolder!();
  });
});

describe('a list of many days', () => {
  it('is made without a warning of listeners, and leaves none', async () => {
    const fake = await startFakeWebHdfs();
    const days = Array.from({ length: 30 }, (_, index) => String(index + 1).padStart(2, '0'));
    for (const day of days) fake.files.set(`/a/${PATH.replace('11-27', `11-${day}`)}`, Buffer.from('x'));
    const held: (() => void)[] = [];
    let answered = 0;
    // Answered together, so that the next requests begin before the connections of these are closed.
    fake.intercept = ({ path }) =>
      path !== '/a' &&
      new Promise((go) => {
        held.push(() => go(false));
        if (held.length === Math.min(8, days.length - answered)) {
          answered += held.length;
          for (const answer of held.splice(0)) answer();
        }
      });
    const warnings: Error[] = [];
    const keep = (warning: Error): void => void warnings.push(warning);
    process.on('warning', keep);
    onTestFinished(() => void process.off('warning', keep));
    const { signal } = new AbortController();
    expect(await openOn([fake]).list({ signal })).toHaveLength(days.length);
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
    await turn(); // warnings come after what they are of
    expect(warnings).toEqual([]);
  });
});

describe('a copy from HDFS', () => {
  it('that breaks off is no fault of the local file, and leaves none', async () => {
    const fake = await startFakeWebHdfs();
    fake.files.set(`/a/${PATH}`, Buffer.from('x'));
    fake.intercept = ({ op, query, incoming }, response) => {
      if (op !== 'OPEN' || query.has('noredirect')) return false;
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write('x'.repeat(1_000), () => incoming.socket.destroy());
      return true;
    };
    const to = join(await tempDir(), 'local.parquet');
    expect(await failureOf(openOn([fake]).get(PATH, to))).toMatchObject({ kind: 'away' });
    await expect(access(to)).rejects.toThrow('ENOENT');
  });
});

describe('an answer without end', () => {
  /** Sends letters until nobody takes them any more, in place of what is asked for. */
  async function startEndless(): Promise<FakeWebHdfs> {
    const fake = await startFakeWebHdfs();
    for (const path of [PATH, '_types/shop.json']) fake.files.set(`/a/${path}`, Buffer.from('x'));
    fake.intercept = ({ op, query }, response) => {
      if (op !== 'OPEN' || query.has('noredirect')) return false;
      response.writeHead(200);
      pipeline(endless(), response).catch(() => undefined); // as it must end
      return true;
    };
    return fake;
  }

  it('is given up once it is longer than the file, and leaves nothing here', async () => {
    const fake = await startEndless();
    const to = join(await tempDir(), 'local.parquet');
    const failure = await failureOf(openOn([fake]).get(PATH, to, { maxBytes: 100_000 }));
    expect(failure).toMatchObject({
      kind: 'away',
      message: `hdfs://${fake.address}/a sent more of ${PATH} than the 100000 bytes that it lists.`,
    });
    await expect(access(to)).rejects.toThrow('ENOENT');
  });

  it('is no small text', async () => {
    const fake = await startEndless();
    expect(await failureOf(openOn([fake]).read('_types/shop.json'))).toMatchObject({
      kind: 'conflict',
      message: `hdfs://${fake.address}/a has something else at _types/shop.json: it is longer than 16777216 bytes.`,
    });
  });
});

describe('a refusal', () => {
  it('tells a file in the way from a right that is missing, though HDFS calls both the same', async () => {
    const fake = await startFakeWebHdfs();
    const denied = 'Permission denied: user=metlog, access=EXECUTE, inode="/a":hdfs:supergroup:drwx------';
    fake.intercept = (_, response) => refuse(response, 'AccessControlException', denied);
    expect((await failureOf(openOn([fake]).list())).message).toBe(
      `${fake.address} does not allow it to this user: ${denied}.`,
    );
    fake.intercept = (_, response) => refuse(response, 'AccessControlException', '/a (is not a directory)');
    expect(await failureOf(openOn([fake]).list())).toMatchObject({
      kind: 'refused',
      message: `${fake.address} has a file where the path has a folder: /a (is not a directory).`,
    });
  });
});

describe('two NameNodes', () => {
  it('are asked in turn, the one that answered last first', async () => {
    const [standby, active] = [await startFakeWebHdfs(), await startFakeWebHdfs()];
    standby.intercept = (_, response) => refuse(response, 'StandbyException', 'READ is not supported in state standby');
    active.files.set(`/a/${PATH}`, Buffer.from('x'));
    const remote = openOn([standby, active]);
    expect(await remote.list()).toHaveLength(1);
    expect(await remote.list()).toHaveLength(1);
    expect(standby.requests).toHaveLength(1);
    active.intercept = standby.intercept;
    standby.intercept = undefined;
    expect(await remote.list()).toEqual([]);
    expect(await remote.list()).toEqual([]);
    expect(active.requests).toHaveLength(5);
  });

  it('are both told of when neither can be used', async () => {
    const [standby, starting] = [await startFakeWebHdfs(), await startFakeWebHdfs()];
    standby.intercept = (_, response) => refuse(response, 'StandbyException', 'no');
    starting.intercept = (_, response) => refuse(response, 'RetriableException', 'in startup mode');
    const { kind, message } = await failureOf(openOn([standby, starting]).list());
    expect(kind).toBe('away');
    expect(message).toBe(
      `${standby.address} is on standby: no; ${starting.address} is starting or overloaded: in startup mode.`,
    );
  });

  it('are left when they keep silent', async () => {
    const [silent, other] = [await startFakeWebHdfs(), await startFakeWebHdfs()];
    silent.intercept = () => true;
    const nameNodes = [silent.address, other.address];
    const web = createWebHdfs({ nameNodes, user: 'metlog', tls: false, nameNodeSilenceMs: 50 });
    expect(await web.list('/a', undefined)).toBeUndefined();
    other.intercept = () => true;
    expect(await failureOf(web.list('/a', undefined))).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('nothing came for 0.05 seconds') as string,
    });
  });
});

describe('what a NameNode answers', () => {
  it('is told as one plain line, without the token', async () => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => refuse(response, 'InvalidToken', `bad\u001b[31m ${TOKEN}\nat java`);
    const { kind, message } = await failureOf(openOn([fake], { delegationToken: TOKEN }).list());
    expect(kind).toBe('refused');
    expect(message).toBe(`${fake.address} does not accept the delegation token; give a new one: bad [31m ***.`);
    expect(fake.requests[0]?.query.get('delegation')).toBe(TOKEN);
    expect(fake.requests[0]?.query.has('user.name')).toBe(false);
  });

  const UNKNOWN_USER = 'Failed to obtain user group information: ';
  it.each([
    ['a door that asks', (response: ServerResponse) => Boolean(response.writeHead(401).end('<html>'))],
    [
      'one behind a door that does not',
      (response: ServerResponse) =>
        refuse(
          response,
          'SecurityException',
          `${UNKNOWN_USER}java.io.IOException: Security enabled but user not authenticated by filter`,
        ),
    ],
  ])('asks for a token where nobody is believed: %s', async (_, answer) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_request, response) => answer(response);
    expect(await failureOf(openOn([fake]).list())).toMatchObject({
      kind: 'refused',
      message: `${fake.address} wants to know who asks, as with Kerberos; give a delegation token.`,
    });
  });

  it.each([
    [
      'org.apache.hadoop.security.token.SecretManager$InvalidToken: Token  has expired, current time: 2026-11-28 03:25:15',
      'does not accept the delegation token; give a new one: Token  has expired, current time: 2026-11-28 03:25:15.',
    ],
    ['java.io.EOFException', 'does not accept the delegation token; give a new one.'],
  ])('is told without the exceptions that are wrapped in each other: %s', async (inner, told) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => refuse(response, 'SecurityException', `${UNKNOWN_USER}${inner}`);
    expect(await failureOf(openOn([fake], { delegationToken: TOKEN }).list())).toMatchObject({
      kind: 'refused',
      message: `${fake.address} ${told}`,
    });
  });

  it.each([
    ['NegativeArraySizeException', '-119'],
    ['IndexOutOfBoundsException', 'Range [0, 0 + -82) out of bounds for length 10'],
  ])('is about the token where a NameNode cannot read it: %s', async (exception, message) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => refuse(response, exception, message, 500);
    expect(await failureOf(openOn([fake], { delegationToken: TOKEN }).list())).toMatchObject({
      kind: 'refused',
      message: `${fake.address} does not accept the delegation token; give a new one.`,
    });
    expect(await failureOf(openOn([fake]).list())).toMatchObject({ kind: 'away' });
  });

  it.each(['constructor', '__proto__'])('may be an exception of any name: %s', async (exception) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => refuse(response, exception, 'whatever', 500);
    expect(await failureOf(openOn([fake]).list())).toMatchObject({
      name: 'RemoteError',
      kind: 'away',
      message: `${fake.address} failed: whatever.`,
    });
    fake.intercept = (_, response) =>
      refuse(response, 'SecurityException', `${UNKNOWN_USER}java.${exception}: whatever`);
    expect(await failureOf(openOn([fake], { delegationToken: TOKEN }).list())).toMatchObject({
      kind: 'refused',
      message: `${fake.address} does not accept the delegation token; give a new one: whatever.`,
    });
  });

  it('leads to the other NameNode where one cannot know a token yet', async () => {
    const [starting, other] = [await startFakeWebHdfs(), await startFakeWebHdfs()];
    const inner = 'org.apache.hadoop.ipc.RetriableException: Namenode is in startup mode';
    starting.intercept = (_, response) => refuse(response, 'SecurityException', `${UNKNOWN_USER}${inner}`);
    expect(await openOn([starting, other], { delegationToken: TOKEN }).list()).toEqual([]);
  });

  it('may be a redirect, as of clusters that know no other way', async () => {
    const fake = await startFakeWebHdfs();
    fake.intercept = ({ query, incoming }, response) => {
      if (query.get('noredirect') !== 'true') return false;
      const location = `http://${fake.address}${incoming.url!.replace('noredirect=true', 'x=1')}`;
      response.writeHead(307, { location }).end();
      return true;
    };
    const remote = openOn([fake]);
    await remote.put(await localFile('x'), PATH);
    expect(await remote.list()).toEqual([{ path: PATH, bytes: 1 }]);
  });

  it.each([
    ['another path', (url: URL) => (url.pathname = '/webhdfs/v1/b')],
    ['another door', (url: URL) => (url.pathname = `/admin${url.pathname}`)],
    ['another operation', (url: URL) => url.searchParams.set('op', 'DELETE')],
    ['a user of its own', (url: URL) => (url.username = 'root')],
    ['another protocol', (url: URL) => (url.href = url.href.replace('http:', 'ftp:'))],
  ])('sends no file to %s', async (_, change) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = ({ query, incoming }, response) => {
      if (query.get('noredirect') !== 'true') return false;
      const url = new URL(incoming.url!.replace('&noredirect=true', ''), `http://${fake.address}`);
      change(url);
      json(response, { Location: url.href });
      return true;
    };
    expect(await failureOf(openOn([fake]).put(await localFile('x'), PATH))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('not a DataNode') as string,
    });
    expect(fake.files.size).toBe(0);
  });

  it('leads nowhere by the names it gives', async () => {
    const fake = await startFakeWebHdfs();
    const names = ['../../etc', '..', 'a/b', 'x.json', `../${PATH}`, 'a\u0000b', PATH.slice('dt=2026-11-27/'.length)];
    fake.intercept = ({ op, path }, response) => {
      if (op !== 'LISTSTATUS') return false;
      const statuses =
        path === '/a'
          ? ['dt=2026-11-27', 'dt=../..', '..'].map((name) => fileStatus(name, 0, 'DIRECTORY'))
          : names.map((name) => fileStatus(name, 1));
      json(response, { FileStatuses: { FileStatus: statuses } });
      return true;
    };
    expect(await openOn([fake]).list()).toEqual([{ path: PATH, bytes: 1 }]);
    expect(fake.requests.map(({ path }) => path)).toEqual(['/a', '/a/dt=2026-11-27']);
    expect(await openOn([fake]).names('_types')).toEqual(['_types/x.json', `_types/${names.at(-1)!}`]);
  });

  it('is believed only as far as it is what it should be', async () => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => json(response, { FileStatuses: { FileStatus: [{ length: -1 }] } });
    expect(await failureOf(openOn([fake]).list())).toMatchObject({ kind: 'refused' });
  });
});

describe('a host that is no NameNode', () => {
  it.each([
    [
      'IllegalArgumentException',
      'Invalid operation LISTSTATUS',
      'is not a NameNode, but a DataNode; look at its port.',
    ],
    [
      'IOException',
      'Failed to find datanode, suggest to check cluster health. excludeDatanodes=null',
      'has no DataNode that gives or takes files.',
    ],
  ])('or has no DataNode, is told in words: %s, %s', async (exception, message, told) => {
    const fake = await startFakeWebHdfs();
    fake.intercept = (_, response) => refuse(response, exception, message, 400);
    expect((await failureOf(openOn([fake]).list())).message).toBe(`${fake.address} ${told}`);
  });

  it('is told where nobody knows its name', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND namenode'), { code: 'ENOTFOUND' });
    expect(connectionError('namenode:9870', error)).toMatchObject({
      kind: 'away',
      message: 'No host of the name namenode is known.',
      mayElsewhere: true,
    });
  });
});

describe('a NameNode that speaks TLS', () => {
  /** What is told of one whose door is so. */
  async function toldOf(door: ServerOptions): Promise<string> {
    const server = createServer({ ...selfSigned, ...door }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const remote = createHdfsRemote({ kind: 'hdfs', nameNodes: [address], path: '/a' }, { user: 'metlog', tls: true });
    const { kind, message } = await failureOf(remote.list());
    expect(kind).toBe('refused');
    return message.replace(address, 'nn');
  }

  it('is not spoken to where nobody vouches for its certificate', async () => {
    expect(await toldOf({})).toBe(
      'nn has a certificate that is not trusted: self-signed certificate; NODE_EXTRA_CA_CERTS names a file of authorities to trust.',
    );
  });

  it('is not taken for one that does not, where the two agree on no version', async () => {
    expect(await toldOf({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).toBe(
      'nn speaks TLS, and does not agree with us on how: tlsv1 alert protocol version.',
    );
  });
});
