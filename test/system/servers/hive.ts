import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { INSTALLED, queryScript, rowsOf, type SqlEngine } from './sql-engine.ts';

const HOME = join(INSTALLED, 'hive');
/** Shared with examples/hive, as what Java is told is. */
const SHARED = resolve('test/system/engines/hive');

export interface HiveOptions {
  /** Where Hadoop's configuration lies. @default none: paths are those of this machine */
  readonly hadoopConfDir?: string;
}

/** Hive's driver, its metastore in Derby and Tez in local mode, all in one process for each `run`, which knows the tables of the runs before. */
export async function openHive({ hadoopConfDir }: HiveOptions = {}): Promise<SqlEngine> {
  const dir = await tempDir();
  const classPath = [
    join(SHARED, 'conf'),
    ...(hadoopConfDir === undefined ? [] : [hadoopConfDir]),
    ...[`${HOME}/classes`, `${HOME}/lib/*`],
  ].join(delimiter);
  return {
    async run(script, queries) {
      const files = ['script.sql', 'queries.sql', 'rows'].map((name) => join(dir, name));
      await writeFile(join(dir, 'script.sql'), script);
      await writeFile(join(dir, 'queries.sql'), queryScript(queries));
      const java = [`@${join(SHARED, 'java.args')}`, `-Dmetlog.hive.dir=${dir}`, '-cp', classPath];
      await runToEnd('java', [...java, 'RunSql', ...files], { cwd: dir });
      return rowsOf(await readFile(join(dir, 'rows'), 'utf8'));
    },
  };
}
