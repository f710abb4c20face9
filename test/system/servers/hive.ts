import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { INSTALLED, queryScript, rowsOf, type SqlEngine } from './sql-engine.ts';

const HOME = join(INSTALLED, 'hive');
const HEAP = '-Xmx768m';
/** What Hive and Tez look into, and Java 17 lets nobody look into unasked. */
const OPENED = [
  ...['lang', 'lang.reflect', 'util', 'util.concurrent', 'util.concurrent.atomic', 'util.regex'],
  ...['io', 'net', 'nio', 'text', 'time'],
];

export interface HiveOptions {
  /** Where Hadoop's configuration lies. @default none: paths are those of this machine */
  readonly hadoopConfDir?: string;
}

/** Hive's driver, its metastore in Derby and Tez in local mode, all in one process for each `run`, which knows the tables of the runs before. */
export async function openHive({ hadoopConfDir }: HiveOptions = {}): Promise<SqlEngine> {
  const dir = await tempDir();
  await writeFile(join(dir, 'hive-site.xml'), hiveSite(dir, hadoopConfDir === undefined));
  await writeFile(join(dir, 'log4j2.properties'), 'rootLogger.level = warn\n');
  const classPath = [dir, ...(hadoopConfDir === undefined ? [] : [hadoopConfDir]), `${HOME}/classes`, `${HOME}/lib/*`];
  return {
    async run(script, queries) {
      const [scriptPath, queriesPath, rowsPath] = ['script.sql', 'queries.sql', 'rows'].map((name) => join(dir, name));
      await writeFile(join(dir, 'script.sql'), script);
      await writeFile(join(dir, 'queries.sql'), queryScript(queries));
      const opens = OPENED.flatMap((name) => ['--add-opens', `java.base/java.${name}=ALL-UNNAMED`]);
      const java = [HEAP, '-XX:+UseSerialGC', ...opens, '-cp', classPath.join(delimiter), 'RunSql'];
      await runToEnd('java', [...java, scriptPath ?? '', queriesPath ?? '', rowsPath ?? ''], { cwd: dir });
      return rowsOf(await readFile(join(dir, 'rows'), 'utf8'));
    },
  };
}

function hiveSite(dir: string, isLocal: boolean): string {
  const properties = {
    ...(isLocal && { 'fs.defaultFS': 'file:///' }),
    'javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${dir}/metastore;create=true`,
    'datanucleus.schema.autoCreateAll': 'true',
    'hive.metastore.schema.verification': 'false',
    'hive.metastore.warehouse.dir': `file://${dir}/warehouse`,
    // These are folders of the file system that is the default one.
    'hive.exec.scratchdir': `${dir}/scratch`,
    'tez.staging-dir': `${dir}/staging`,
    'hive.exec.local.scratchdir': `${dir}/local-scratch`,
    'hive.downloaded.resources.dir': `${dir}/resources`,
    'hive.execution.engine': 'tez',
    'tez.local.mode': 'true',
    'tez.local.mode.without.network': 'true',
    'tez.ignore.lib.uris': 'true',
    'tez.runtime.optimize.local.fetch': 'true',
    'tez.runtime.io.sort.mb': '32',
    'hive.tez.container.size': '256',
    'hive.tez.java.opts': '-Xmx256m',
    'hive.support.concurrency': 'false',
    'hive.txn.manager': 'org.apache.hadoop.hive.ql.lockmgr.DummyTxnManager',
    'hive.stats.autogather': 'false',
    'hive.stats.fetch.column.stats': 'false',
  };
  const lines = Object.entries(properties).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>\n`,
  );
  return `<configuration>\n${lines.join('')}</configuration>\n`;
}
