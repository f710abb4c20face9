import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listNames } from '../../src/store/layout.ts';
import { openRemote } from '../../src/store/remote/open-remote.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { SENT, writeEngineArchive } from '../store/ddl/engine-archive.ts';
import { startS3 } from './servers/s3.ts';
import { startTrino } from './servers/trino.ts';
import { wantParts } from './support/parts.ts';

// Hive and Spark would want a client of S3 beside them, and DuckDB fetches one.

wantParts('engines', 'radosgw', 'ceph-mon', 'ceph-osd');

const WITHIN_MS = 400_000;
const URL = 's3://telemetry/metlog/eu';

it(
  'Trino runs what is printed for an archive in S3, and counts what was copied there',
  async () => {
    const s3 = await startS3();
    onTestFinished(() => s3.stop());
    await s3.makeBucket('telemetry');
    const { endpoint, region, user } = s3;
    const dataDir = await tempDir();
    const archive = await writeEngineArchive();
    await symlink(archive, join(dataDir, 'archive'));
    const remote = await openRemote(URL, { s3: { endpoint, region, ...user } });
    onTestFinished(() => remote.close());
    for (const { path } of await listNames(archive)) await remote.put(path, path.slice(archive.length + 1));

    const config = join(dataDir, 'metlog.config.json');
    await writeFile(config, JSON.stringify({ archive: { dir: URL }, types: { 'order.placed': { note: 'string' } } }));
    const ddl = await runCli(['ddl', '--engine', 'trino', '--config', config, '--data-dir', dataDir]);
    expect(ddl).toMatchObject({ code: 0, stderr: '' });
    const trino = await startTrino({ s3 });
    const [counts, orders] = await trino.run(ddl.stdout + ddl.stdout, [
      'SELECT dt, to_hex(to_utf8(type)), count(*) FROM messages GROUP BY dt, type',
      'SELECT dt, count(*) FROM order_placed GROUP BY dt',
    ]);
    expect(sorted(counts)).toEqual(counted(({ dt, type }) => [dt, Buffer.from(type).toString('hex').toUpperCase()]));
    expect(sorted(orders)).toEqual(counted(({ dt, type }) => (type === 'order.placed' ? [dt] : [])));
  },
  WITHIN_MS,
);

const sorted = (rows: readonly (readonly string[])[] = []): readonly string[] =>
  rows.map((row) => row.join(' ')).sort();

/** How many messages were sent of each key that is not empty. */
function counted(keyOf: (message: (typeof SENT)[number]) => readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const message of SENT) {
    const key = keyOf(message).join(' ');
    if (key !== '') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key} ${count}`).sort();
}
