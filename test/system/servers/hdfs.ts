import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ask } from './ask.ts';
import { makeCertificate } from './certificate.ts';
import { fileSystemUri, nameDir, nameNodeId, writeHdfsConfig, type HdfsLayout } from './hdfs-config.ts';
import { HDFS_PRINCIPAL, HTTP_PRINCIPAL, issueToken, toolEnv, type HdfsSecurity } from './hdfs-security.ts';
import { startKdc } from './kdc.ts';
import { launchServer, type Launched, type ServerCommand } from './launch.ts';
import { freePort } from '../../support/free-port.ts';

/** What setup.sh has put there: the NameNode, the DataNode and the tools of Hadoop itself. */
const HADOOP_JARS = resolve('test/system/hadoop/lib/*');
const NAME_NODE = 'org.apache.hadoop.hdfs.server.namenode.NameNode';
const DATA_NODE = 'org.apache.hadoop.hdfs.server.datanode.DataNode';
const DFS_ADMIN = 'org.apache.hadoop.hdfs.tools.DFSAdmin';
const HA_ADMIN = 'org.apache.hadoop.hdfs.tools.DFSHAAdmin';
/** Enough for a few thousand files, and quick to start. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
/** Whom the cluster takes for its superuser: who runs its processes. */
const SUPERUSER = 'hdfs';
/** A JVM that shares two cores with others has been seen to take twenty. */
const READY_WITHIN_MS = 90_000;
const run = promisify(execFile);

export interface HdfsOptions {
  /** Two are a pair: the first active, the second on standby. @default 1 */
  readonly nameNodes?: 1 | 2;
  /** Size of a file's blocks, in bytes. @default 1 MiB, so that a file of a test has a few */
  readonly blockBytes?: number;
  /** Whether everybody has to prove who they are, by Kerberos or a delegation token, and HTTP is by TLS alone. @default false */
  readonly isSecure?: boolean;
  /** More of hdfs-site.xml. */
  readonly site?: Readonly<Record<string, string>>;
}

export interface Hdfs {
  /** `127.0.0.1:port` of each NameNode's HTTP door. */
  readonly httpAddresses: readonly string[];
  /** The port of the first NameNode for RPC, where nobody speaks WebHDFS. */
  readonly rpcPort: number;
  /** `hdfs://…` for the clients of Hadoop, by RPC, without a path. */
  readonly fileSystem: string;
  /** For HADOOP_CONF_DIR: core-site.xml and hdfs-site.xml. */
  readonly confDir: string;
  /** Who has signed the certificates of a secure cluster: a file for NODE_EXTRA_CA_CERTS, and its text. */
  readonly authority: { readonly file: string; readonly text: string } | undefined;
  /** A new delegation token of a secure cluster for this user. */
  issueToken(user: string): Promise<string>;
  cancelToken(token: string): Promise<void>;
  /** `hdfs://…` as Metlog's configuration takes it, by HTTP. */
  archiveUrl(path: string): string;
  /** One call of WebHDFS as the superuser, unless `user.name` is given; what it answers, or null. Rejects when it is refused. */
  webHdfs(method: 'GET' | 'PUT' | 'DELETE', path: string, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** Writes a small file as this user. @default the superuser */
  write(path: string, content: string, user?: string): Promise<void>;
  /** Makes a folder that this user owns alone. */
  makeFolder(path: string, owner: string): Promise<void>;
  /** `hdfs dfsadmin …`; what it says. */
  admin(...args: readonly string[]): Promise<string>;
  /** Bytes that a folder may hold, replicas counted; undefined lifts it. HDFS wants room for a whole block before it writes one. */
  setSpaceQuota(path: string, bytes: number | undefined): Promise<void>;
  /** In safe mode the cluster is read only. */
  setSafeMode(isOn: boolean): Promise<void>;
  killNameNode(index?: number): Promise<void>;
  /** On its old ports and folder. Of a pair it comes up on standby. */
  startNameNode(index?: number): Promise<void>;
  /** Makes a NameNode of the pair the active one. */
  activate(index: number): Promise<void>;
  killDataNode(): Promise<void>;
  startDataNode(): Promise<void>;
  /** What all processes have said. */
  output(): string;
  /** Ends all of it, and removes its folder. */
  stop(): Promise<void>;
}

/** A real HDFS on 127.0.0.1: one process for each NameNode and one DataNode. It lives until it is stopped, so that the tests of a file can share one. */
export async function startHdfs(options: HdfsOptions = {}): Promise<Hdfs> {
  const { nameNodes = 1, blockBytes = 1_048_576, site = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'metlog-hdfs-'));
  const security = options.isSecure === true ? await makeSecurity(dir) : undefined;
  const ca = security?.certificate.ca;
  const layout: HdfsLayout = {
    dir,
    nameNodes: await Promise.all(
      Array.from({ length: nameNodes }, async () => ({ rpc: await freePort(), http: await freePort() })),
    ),
    dataNode: { data: await freePort(), ipc: await freePort(), http: await freePort() },
    blockBytes,
    site,
    security,
  };
  const confDir = await writeHdfsConfig(layout);
  const env = { PATH: process.env['PATH'] ?? '', HADOOP_USER_NAME: SUPERUSER, ...(security && toolEnv(security)) };
  const realm = security ? [`-Djava.security.krb5.conf=${security.kdc.krb5Conf}`] : [];
  const java = [...JVM, ...realm, `-Djava.io.tmpdir=${join(dir, 'tmp')}`, '-cp', `${confDir}:${HADOOP_JARS}`];
  const tool = async (...args: readonly string[]): Promise<string> =>
    (await run('java', [...java, ...args], { env })).stdout;
  const isPair = nameNodes > 1;
  const idOf = (index: number): string[] => (isPair ? [`-Ddfs.ha.namenode.id=${nameNodeId(index)}`] : []);
  const httpAddresses = layout.nameNodes.map(({ http }) => `127.0.0.1:${http}`);
  const stateOf = (address: string) => nameNodeState(`${security ? 'https' : 'http'}://${address}`, ca);

  const servers = new Map<string, Launched>();
  const said: string[] = [];
  const end = async (name: string): Promise<void> => {
    const server = servers.get(name);
    if (server === undefined) return;
    servers.delete(name);
    await server.stop('SIGKILL');
    said.push(server.output());
  };
  const start = async (name: string, args: readonly string[], isReady: ServerCommand['isReady']): Promise<void> => {
    const server = launchServer({ name, command: 'java', args: [...java, ...args], env, isReady, readyWithinMs: READY_WITHIN_MS }); // prettier-ignore
    servers.set(name, server);
    await server.ready;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...servers.keys()].map(end));
    await security?.kdc.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const startNameNode = (index: number): Promise<void> =>
    start(nameNodeId(index), [NAME_NODE, ...idOf(index)], async () => (await stateOf(httpAddresses[index]!)) !== undefined); // prettier-ignore
  const startDataNode = (): Promise<void> =>
    start('datanode', [DATA_NODE], async () => {
      const states = await Promise.all(httpAddresses.map((address) => stateOf(address).catch(() => undefined)));
      return states.some((state) => state?.isActive === true) && states.every((state) => (state?.liveDataNodes ?? 1) > 0); // prettier-ignore
    });
  const issue = async (user: string): Promise<string> => {
    if (security === undefined) throw new Error('only a secure cluster takes tokens');
    return issueToken(httpAddresses[0]!, user, security);
  };
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = async (user: string): Promise<string> => {
    const token = tokens.get(user) ?? issue(user);
    tokens.set(user, token);
    return token;
  };
  const webHdfs: Hdfs['webHdfs'] = async (method, path, query) => {
    const states = await Promise.all(httpAddresses.map((address) => stateOf(address).catch(() => undefined)));
    const address = httpAddresses[states.findIndex((state) => state?.isActive)] ?? httpAddresses[0]!;
    const { 'user.name': user = SUPERUSER, ...wanted } = query;
    const credential: Readonly<Record<string, string>> = security
      ? { delegation: await tokenOf(user) }
      : { 'user.name': user };
    const parameters = new URLSearchParams({ ...credential, ...wanted });
    const url = `${security ? 'https' : 'http'}://${address}/webhdfs/v1${path}?${parameters.toString()}`;
    const { status, text } = await ask(url, { method, ca });
    if (status !== 200) throw new Error(`WebHDFS answered ${status}: ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
  // It asks the other one to step down, which may have been killed.
  const activate = async (index: number): Promise<void> => {
    await tool(HA_ADMIN, '-transitionToActive', '--forceactive', nameNodeId(index));
  };

  try {
    await tool(NAME_NODE, ...idOf(0), '-format', '-nonInteractive');
    // The second one begins with what the first has: it is the same file system.
    if (isPair) await cp(nameDir(dir, 0), nameDir(dir, 1), { recursive: true });
    await Promise.all(layout.nameNodes.map((_, index) => startNameNode(index)));
    if (isPair) await activate(0);
    await startDataNode();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    httpAddresses,
    rpcPort: layout.nameNodes[0]!.rpc,
    fileSystem: fileSystemUri(layout),
    confDir,
    authority: security && { file: security.certificate.caFile, text: security.certificate.ca },
    issueToken: issue,
    async cancelToken(token) {
      await webHdfs('PUT', '/', { op: 'CANCELDELEGATIONTOKEN', token });
    },
    archiveUrl: (path) => `hdfs://${httpAddresses.join(',')}${path}`,
    webHdfs,
    async write(path, content, user = SUPERUSER) {
      const query = { op: 'CREATE', overwrite: 'true', noredirect: 'true', 'user.name': user };
      const { Location } = (await webHdfs('PUT', path, query)) as { readonly Location: string };
      const { status } = await ask(Location, { method: 'PUT', content, ca });
      if (status !== 201) throw new Error(`the DataNode answered ${status}`);
    },
    async makeFolder(path, owner) {
      await webHdfs('PUT', path, { op: 'MKDIRS', permission: '700' });
      await webHdfs('PUT', path, { op: 'SETOWNER', owner });
    },
    admin: (...args) => tool(DFS_ADMIN, ...args),
    async setSpaceQuota(path, bytes) {
      await tool(DFS_ADMIN, ...(bytes === undefined ? ['-clrSpaceQuota'] : ['-setSpaceQuota', String(bytes)]), path);
    },
    async setSafeMode(isOn) {
      await tool(DFS_ADMIN, '-safemode', isOn ? 'enter' : 'leave');
    },
    killNameNode: (index = 0) => end(nameNodeId(index)),
    startNameNode: (index = 0) => startNameNode(index),
    activate,
    killDataNode: () => end('datanode'),
    startDataNode,
    output: () => [...said, ...[...servers.values()].map((server) => server.output())].join(''),
    stop,
  };
}

async function makeSecurity(dir: string): Promise<HdfsSecurity> {
  const [certificate, kdc] = await Promise.all([makeCertificate(dir), startKdc(dir, [HDFS_PRINCIPAL, HTTP_PRINCIPAL])]);
  return { certificate, kdc };
}

/** What a NameNode says of itself. Rejects while it does not answer. */
async function nameNodeState(
  origin: string,
  ca: string | undefined,
): Promise<{ readonly isActive: boolean; readonly liveDataNodes: number } | undefined> {
  const { text } = await ask(`${origin}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem*`, { ca });
  const { beans } = JSON.parse(text) as { readonly beans: readonly Readonly<Record<string, unknown>>[] };
  const system = Object.assign({}, ...beans) as Readonly<Record<string, unknown>>;
  const state = system['tag.HAState'];
  if (typeof state !== 'string') return undefined;
  return { isActive: state === 'active', liveDataNodes: Number(system['NumLiveDataNodes']) };
}
