import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { monitorAddress, writeCephConfig, type CephLayout } from './ceph-config.ts';
import { launchServer, type Launched } from './launch.ts';
import { freePort } from '../../support/free-port.ts';

const run = promisify(execFile);
/** Some of the tools are Python, and want Debian's own. */
const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const READY_WITHIN_MS = 90_000;
const REGION = 'us-east-1';
/** The disk's process has been seen to end at its start, once in some tens, before it has said why. */
const MAX_STARTS = 3;

export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  /** Who may make buckets, and owns them. */
  readonly user: S3User;
  /** A client that nothing stands between. */
  readonly client: S3Client;
  makeBucket(name: string): Promise<void>;
  /** Somebody else, who may make buckets, and has no right to those of `user`. */
  addUser(name: string): Promise<S3User>;
  /** Bytes that the buckets of `user` may hold together; undefined lifts it. */
  setQuota(bytes: number | undefined): Promise<void>;
  /** Kills what answers to S3. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data, unless it runs. */
  start(): Promise<void>;
  /** What all processes have said. */
  output(): string;
  /** Ends all of it, and removes its folder. */
  stop(): Promise<void>;
}

/**
 * A real object store on 127.0.0.1: Ceph, of one monitor, one disk in a file and its gateway to S3, as Debian has it. That of Debian 12, 16.2, knows
 * `If-None-Match` for whole objects, and passes over it where parts are put together; it keeps MD5s, and no other checksum. It lives until it is stopped.
 */
export async function startS3(): Promise<S3Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startCluster();
    } catch (error) {
      if (attempt === MAX_STARTS) throw error;
    }
  }
}

async function startCluster(): Promise<S3Server> {
  const layout: CephLayout = {
    dir: await mkdtemp(join(tmpdir(), 'metlog-s3-')),
    clusterId: randomUUID(),
    monitorPort: await freePort(),
    gatewayPort: await freePort(),
  };
  const conf = ['-c', await writeCephConfig(layout)];
  const tool = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await run(command, [...conf, ...args], { env: ENV })).stdout;
  const admin = (...args: readonly string[]): Promise<string> => tool('radosgw-admin', '-n', 'client.rgw', ...args);
  const endpoint = `http://127.0.0.1:${layout.gatewayPort}`;

  const servers = new Map<string, Launched>();
  const said: string[] = [];
  const end = async (command: string): Promise<void> => {
    const server = servers.get(command);
    if (server === undefined) return;
    servers.delete(command);
    await server.stop('SIGKILL');
    said.push(server.output());
  };
  const launch = async (command: string, args: readonly string[], isReady: () => Promise<boolean>): Promise<void> => {
    const server = launchServer({ name: command, command, args: [...conf, ...args, '-f'], env: ENV, isReady, readyWithinMs: READY_WITHIN_MS }); // prettier-ignore
    servers.set(command, server);
    await server.ready;
  };
  const startGateway = (): Promise<void> =>
    launch('radosgw', ['-n', 'client.rgw'], async () => (await fetch(endpoint)).ok);
  const stop = async (): Promise<void> => {
    client.destroy();
    for (const command of ['radosgw', 'ceph-osd', 'ceph-mon']) await end(command);
    await rm(layout.dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const addUser = async (name: string): Promise<S3User> => {
    const user = { accessKeyId: `${name}-key-id`, secretAccessKey: `${name}-secret-${randomUUID()}` };
    await admin('user', 'create', '--uid', name, '--display-name', name, '--access-key', user.accessKeyId, '--secret', user.secretAccessKey); // prettier-ignore
    return user;
  };
  const client = new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: () => Promise.resolve(user),
  });

  let user: S3User;
  try {
    const map = join(layout.dir, 'monmap');
    await run('monmaptool', ['--create', '--fsid', layout.clusterId, '--addv', 'a', monitorAddress(layout), map], { env: ENV }); // prettier-ignore
    await tool('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map);
    await launch('ceph-mon', ['-i', 'a'], async () => (await tool('ceph', 'quorum_status')) !== '');
    const diskId = randomUUID();
    await tool('ceph', 'osd', 'new', diskId, '0');
    await tool('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', diskId);
    await launch('ceph-osd', ['-i', '0'], async () => / 1 up/.test(await tool('ceph', 'osd', 'stat')));
    await startGateway();
    user = await addUser('metlog');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    region: REGION,
    user,
    client,
    async makeBucket(name) {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    },
    addUser,
    async setQuota(bytes) {
      const scope = ['--quota-scope=user', '--uid', 'metlog'];
      if (bytes !== undefined) await admin('quota', 'set', ...scope, `--max-size=${bytes}`);
      await admin('quota', bytes === undefined ? 'disable' : 'enable', ...scope);
    },
    kill: () => end('radosgw'),
    start: async () => (servers.has('radosgw') ? undefined : startGateway()),
    output: () => [...said, ...[...servers.values()].map((server) => server.output())].join('\n'),
    stop,
  };
}
