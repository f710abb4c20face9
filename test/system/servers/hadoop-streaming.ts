import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { INSTALLED } from './sql-engine.ts';

const HEAP = '-Xmx512m';

export interface StreamingJob {
  /** Files that the tasks run, which Hadoop puts into the folder of each. */
  readonly files: readonly string[];
  /** As a shell would run it in that folder. */
  readonly mapper: string;
  readonly reducer: string;
  /** The lines that the mappers are given, of which each has a few. */
  readonly lines: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Lines that one mapper is given. */
const LINES_A_MAPPER = 2;

/** Runs a job of Hadoop Streaming with the local job runner, on this machine's files, with one reducer. Resolves to the lines that it put out. */
export async function runStreaming({ files, mapper, reducer, lines, env }: StreamingJob): Promise<readonly string[]> {
  const dir = await tempDir();
  await mkdir(join(dir, 'input'));
  await writeFile(join(dir, 'input/lines'), lines.map((line) => `${line}\n`).join(''));
  const settings = {
    'fs.defaultFS': 'file:///',
    'hadoop.tmp.dir': join(dir, 'tmp'),
    'mapreduce.framework.name': 'local',
    'mapreduce.job.reduces': '1',
    'mapreduce.task.io.sort.mb': '32',
    'mapreduce.input.lineinputformat.linespermap': String(LINES_A_MAPPER),
    // Else the line's place in its file would be put in front of it.
    'stream.map.input.ignoreKey': 'true',
  };
  const classPath = [resolve('test/system/hadoop/lib/*'), join(INSTALLED, 'streaming/*')].join(delimiter);
  const args = [
    ...[HEAP, '-cp', classPath, 'org.apache.hadoop.streaming.HadoopStreaming'],
    ...Object.entries(settings).flatMap(([name, value]) => ['-D', `${name}=${value}`]),
    ...['-files', files.map((file) => resolve(file)).join(',')],
    ...['-inputformat', 'org.apache.hadoop.mapred.lib.NLineInputFormat'],
    ...['-input', join(dir, 'input'), '-output', join(dir, 'output'), '-mapper', mapper, '-reducer', reducer],
  ];
  await runToEnd('java', args, { cwd: dir, ...(env !== undefined && { env }) });
  const parts = (await readdir(join(dir, 'output'))).filter((name) => name.startsWith('part-'));
  const texts = await Promise.all(parts.map((name) => readFile(join(dir, 'output', name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}
