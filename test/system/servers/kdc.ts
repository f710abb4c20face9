import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { launchServer, type Launched } from './launch.ts';

const HADOOP_JARS = resolve('test/system/hadoop/lib/*');
const JVM = ['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
const READY_WITHIN_MS = 60_000;
export const REALM = 'EXAMPLE.COM';

/** Who gives out Kerberos's tickets. */
export interface Kdc {
  readonly krb5Conf: string;
  /** The keys of all principals, in their order. */
  readonly keytab: string;
  stop(): Promise<void>;
}

/** Starts Hadoop's own KDC for these principals (without the realm), below this folder. It lives until it is stopped. */
export async function startKdc(dir: string, principals: readonly string[]): Promise<Kdc> {
  const workDir = join(dir, 'kdc');
  await mkdir(workDir, { recursive: true });
  const properties = join(workDir, 'kdc.properties');
  await writeFile(properties, '');
  const keytab = join(workDir, 'keytab');
  const started: { server?: Launched } = {};
  const server = launchServer({
    name: 'kdc',
    command: 'java',
    args: [...JVM, '-cp', HADOOP_JARS, 'org.apache.hadoop.minikdc.MiniKdc', workDir, properties, keytab, ...principals],
    readyWithinMs: READY_WITHIN_MS,
    isReady: () => Promise.resolve(started.server?.output().includes('Standalone MiniKdc Running') ?? false),
  });
  started.server = server;
  const stop = (): Promise<void> => server.stop('SIGKILL');
  try {
    await server.ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { krb5Conf: join(workDir, 'krb5.conf'), keytab, stop };
}
