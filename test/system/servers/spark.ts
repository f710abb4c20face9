import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { INSTALLED, queryScript, rowsOf, type SqlEngine } from './sql-engine.ts';

const SPARK_HOME = join(INSTALLED, 'spark/pyspark');
const HEAP = '768m';

export interface SparkOptions {
  /** Where Hadoop's configuration lies. @default none: paths are those of this machine */
  readonly hadoopConfDir?: string;
  /** More settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Spark SQL with a Hive metastore of its own, asked by its command line: one process for each `run`, in one thread, which knows the tables of the runs before. */
export async function openSpark({ hadoopConfDir, settings = {} }: SparkOptions = {}): Promise<SqlEngine> {
  const dir = await tempDir();
  const all = {
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '1',
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.hadoop.javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${dir}/metastore;create=true`,
    ...settings,
  };
  const env = { SPARK_HOME, SPARK_LOCAL_IP: '127.0.0.1', HADOOP_CONF_DIR: hadoopConfDir };
  return {
    async run(script, queries) {
      await writeFile(join(dir, 'script.sql'), script);
      await writeFile(join(dir, 'queries.sql'), queryScript(queries));
      const options = Object.entries(all).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
      const files = ['-i', join(dir, 'script.sql'), '-f', join(dir, 'queries.sql')];
      const args = ['--master', 'local[1]', '--driver-memory', HEAP, ...options, ...files];
      return rowsOf((await runToEnd(join(SPARK_HOME, 'bin/spark-sql'), args, { cwd: dir, env })).stdout);
    },
  };
}
