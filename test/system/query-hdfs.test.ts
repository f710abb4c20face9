import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { writtenBy } from '../store/written-by.ts';
import { startHdfs, type Hdfs } from './servers/hdfs.ts';
import { wantParts } from './support/parts.ts';

const isHere = wantParts('hadoop', 'java');
const START_WITHIN_MS = 180_000;
const USER = 'metlog';

let hdfs: Hdfs;
beforeAll(async () => {
  if (isHere) hdfs = await startHdfs();
}, START_WITHIN_MS);
afterAll(async () => {
  if (isHere) await hdfs.stop();
});

it.runIf(isHere)('metlog query asks an archive in HDFS, of all days or of some', async () => {
  await hdfs.makeFolder('/logs', USER);
  const folder = await tempDir();
  const remote = createHdfsRemote(
    { kind: 'hdfs', nameNodes: hdfs.httpAddresses, path: '/logs/metlog' },
    { user: USER },
  );
  for (const dt of ['2026-11-20', '2026-11-21'])
    for (const writer of ['a-00000000', 'b-00000000']) {
      const path = await writtenBy(folder, { writer, dt, lines: [{}, {}] });
      await remote.put(path, path.slice(folder.length + 1));
    }
  await remote.close();
  const cache = await tempDir();
  const ask = (path: string, ...args: readonly string[]) =>
    runCli(
      [
        ...['query', '--archive', `hdfs://${hdfs.httpAddresses.join(',')}${path}`, '--cache-dir', cache, ...args],
        ...['--format', 'json', 'SELECT count(*)::INTEGER AS n FROM messages'],
      ],
      { env: { HADOOP_USER_NAME: USER } },
    );
  expect(await ask('/logs/metlog')).toEqual({ code: 0, stdout: '[\n{"n":8}\n]\n', stderr: '' });
  expect(await ask('/logs/metlog', '--from', '2026-11-21')).toEqual({ code: 0, stdout: '[\n{"n":4}\n]\n', stderr: '' });
});
