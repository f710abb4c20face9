import { expect, it } from 'vitest';
import { openRemote } from '../../../src/store/remote/open-remote.ts';

it.each([
  ['hdfs://127.0.0.1,[::1]:9871/metlog', 'hdfs://127.0.0.1:9870,[::1]:9871/metlog'],
  ['s3://bucket/metlog', 's3://bucket/metlog'],
])('opens the remote archive %s', async (given, url) => {
  const remote = await openRemote(given);
  expect(remote.url).toBe(url);
  await remote.close();
});

it('opens an HDFS that speaks TLS at its port for that', async () => {
  const remote = await openRemote('hdfs://nn/metlog', { hdfs: { tls: true } });
  expect(remote.url).toBe('hdfs://nn:9871/metlog');
  await remote.close();
});

it('opens nothing else', async () => {
  await expect(openRemote('ftp://127.0.0.1/metlog')).rejects.toMatchObject({ kind: 'refused' });
});
