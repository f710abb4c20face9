import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secureCore, secureSite, sslServer, type HdfsSecurity } from './hdfs-security.ts';

/** One NameNode's doors on 127.0.0.1. */
export interface NameNodePorts {
  readonly rpc: number;
  readonly http: number;
}

export interface HdfsLayout {
  /** Where all of it lies. */
  readonly dir: string;
  readonly nameNodes: readonly NameNodePorts[];
  readonly dataNode: { readonly data: number; readonly ipc: number; readonly http: number };
  readonly blockBytes: number;
  readonly site: Readonly<Record<string, string>>;
  /** Of a cluster that believes nobody; undefined for one that believes all. */
  readonly security: HdfsSecurity | undefined;
}

/** Names the pair of NameNodes, where there are two. */
const NAME_SERVICE = 'metlog';

export const nameNodeId = (index: number): string => `nn${index + 1}`;
export const nameDir = (dir: string, index: number): string => join(dir, `name-${index + 1}`);

/** What a Hadoop client of this cluster takes for `fs.defaultFS`. */
export const fileSystemUri = ({ nameNodes }: Pick<HdfsLayout, 'nameNodes'>): string =>
  nameNodes.length > 1 ? `hdfs://${NAME_SERVICE}` : `hdfs://127.0.0.1:${nameNodes[0]!.rpc}`;

/** Writes what every process of the cluster and every client reads; returns the folder, as HADOOP_CONF_DIR names one. */
export async function writeHdfsConfig(layout: HdfsLayout): Promise<string> {
  const confDir = join(layout.dir, 'conf');
  await mkdir(confDir, { recursive: true });
  await mkdir(join(layout.dir, 'tmp'), { recursive: true });
  await writeFile(
    join(confDir, 'core-site.xml'),
    xml({
      'fs.defaultFS': fileSystemUri(layout),
      'hadoop.tmp.dir': join(layout.dir, 'tmp'),
      // No user has an account on this machine, and asking it for each costs a process.
      'hadoop.security.group.mapping': 'org.apache.hadoop.security.NullGroupsMapping',
      // A NameNode that was killed is back in a few seconds; so are those who look for it.
      'ipc.client.connect.retry.interval': '200',
      ...(layout.security && secureCore(layout.security)),
    }),
  );
  await writeFile(
    join(confDir, 'hdfs-site.xml'),
    xml({
      ...hdfsSite(layout),
      ...nameNodeAddresses(layout),
      ...(layout.security && secureSite(layout.security)),
      ...layout.site,
    }),
  );
  if (layout.security) await writeFile(join(confDir, 'ssl-server.xml'), xml(sslServer(layout.security)));
  await writeFile(join(confDir, 'log4j.properties'), LOG4J);
  return confDir;
}

function hdfsSite({ dir, dataNode, blockBytes }: HdfsLayout): Readonly<Record<string, string>> {
  return {
    'dfs.replication': '1',
    'dfs.blocksize': String(blockBytes),
    'dfs.namenode.fs-limits.min-block-size': '4096',
    'dfs.permissions.enabled': 'true',
    'dfs.webhdfs.enabled': 'true',
    'dfs.datanode.data.dir': `file://${join(dir, 'data')}`,
    'dfs.datanode.address': `127.0.0.1:${dataNode.data}`,
    'dfs.datanode.ipc.address': `127.0.0.1:${dataNode.ipc}`,
    // One of the two is used, as `dfs.http.policy` says.
    'dfs.datanode.http.address': `127.0.0.1:${dataNode.http}`,
    'dfs.datanode.https.address': `127.0.0.1:${dataNode.http}`,
    'dfs.datanode.hostname': '127.0.0.1', // what a redirect names
    'dfs.client.use.datanode.hostname': 'true',
    'dfs.namenode.datanode.registration.ip-hostname-check': 'false',
    // A DataNode that was killed is missed after six seconds instead of ten minutes, and one that is back is heard at once.
    'dfs.heartbeat.interval': '1s',
    'dfs.namenode.heartbeat.recheck-interval': '1000',
    'dfs.namenode.avoid.write.stale.datanode': 'true',
    'dfs.namenode.stale.datanode.interval': '3000',
    'dfs.namenode.stale.datanode.minimum.interval': '3',
    'dfs.namenode.safemode.extension': '0',
    'dfs.namenode.redundancy.interval.seconds': '1s',
  };
}

function nameNodeAddresses({ dir, nameNodes }: HdfsLayout): Readonly<Record<string, string>> {
  if (nameNodes.length === 1) {
    return {
      'dfs.namenode.rpc-address': `127.0.0.1:${nameNodes[0]!.rpc}`,
      'dfs.namenode.http-address': `127.0.0.1:${nameNodes[0]!.http}`,
      'dfs.namenode.https-address': `127.0.0.1:${nameNodes[0]!.http}`,
      'dfs.namenode.name.dir': `file://${nameDir(dir, 0)}`,
    };
  }
  const ofEach = nameNodes.map(({ rpc, http }, index) => {
    const key = `${NAME_SERVICE}.${nameNodeId(index)}`;
    return {
      [`dfs.namenode.rpc-address.${key}`]: `127.0.0.1:${rpc}`,
      [`dfs.namenode.http-address.${key}`]: `127.0.0.1:${http}`,
      [`dfs.namenode.https-address.${key}`]: `127.0.0.1:${http}`,
      [`dfs.namenode.name.dir.${key}`]: `file://${nameDir(dir, index)}`,
    };
  });
  return Object.assign(
    {
      'dfs.nameservices': NAME_SERVICE,
      [`dfs.ha.namenodes.${NAME_SERVICE}`]: nameNodes.map((_, index) => nameNodeId(index)).join(','),
      [`dfs.client.failover.proxy.provider.${NAME_SERVICE}`]:
        'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
      'dfs.namenode.shared.edits.dir': `file://${join(dir, 'shared-edits')}`,
      'dfs.ha.fencing.methods': 'shell(/bin/true)', // who makes one active has seen to the other
      'dfs.ha.tail-edits.period': '1s',
    },
    ...ofEach,
  ) as Readonly<Record<string, string>>;
}

const xml = (properties: Readonly<Record<string, string>>): string =>
  `<configuration>\n${Object.entries(properties)
    .map(([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>\n`)
    .join('')}</configuration>\n`;

const LOG4J = `log4j.rootLogger=WARN,out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.target=System.err
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
`;
