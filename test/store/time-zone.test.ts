import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../../src/store/query.ts';
import { aMessage, archive, tempDataDir } from '../report/temp-archive.ts';

it('reads now() in the zone of the archive’s times, wherever the machine is', async () => {
  vi.stubEnv('TZ', 'Pacific/Kiritimati'); // 14 hours ahead
  onTestFinished(() => void vi.unstubAllEnvs());
  const dataDir = await tempDataDir();
  await archive(dataDir, [aMessage()]);
  const store = await openStore(join(dataDir, 'archive'), { threads: 1 });
  onTestFinished(() => store.close());
  const { rows } = await store.query("select count(*) as n from messages where received > now() - interval '1 hour'");
  const [{ ahead } = {}] = (await store.query('select now()::timestamp > max(received) as ahead from messages')).rows;
  expect([rows, ahead]).toEqual([[{ n: 1 }], true]);
});
