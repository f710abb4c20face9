import { expect, it } from 'vitest';
import { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { writtenBy } from '../store/written-by.ts';
import { USER, useHdfs } from './support/use-hdfs.ts';

const hdfs = useHdfs();

it('metlog query asks an archive in HDFS, of all days or of some', async () => {
  await hdfs().makeFolder('/logs', USER);
  const folder = await tempDir();
  const remote = createHdfsRemote(
    { kind: 'hdfs', nameNodes: hdfs().httpAddresses, path: '/logs/metlog' },
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
        ...['query', '--archive', hdfs().archiveUrl(path), '--cache-dir', cache, ...args],
        ...['--format', 'json', 'SELECT count(*)::INTEGER AS n FROM messages'],
      ],
      { env: { HADOOP_USER_NAME: USER } },
    );
  expect(await ask('/logs/metlog')).toEqual({ code: 0, stdout: '[\n{"n":8}\n]\n', stderr: '' });
  expect(await ask('/logs/metlog', '--from', '2026-11-21')).toEqual({ code: 0, stdout: '[\n{"n":4}\n]\n', stderr: '' });
});
