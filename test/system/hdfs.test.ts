import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHdfs, type Hdfs } from './servers/hdfs.ts';
import { wantParts } from './support/parts.ts';

// The cluster by itself: what the other tests do to it is what happens to it.

const isHere = wantParts('hadoop', 'java');
/** A JVM for each process and each command. */
const START_WITHIN_MS = 180_000;

async function write(address: string, path: string, content: string): Promise<number | undefined> {
  const query = 'op=CREATE&overwrite=true&noredirect=true&user.name=hdfs';
  const asked = await fetch(`http://${address}/webhdfs/v1${path}?${query}`, { method: 'PUT' });
  const { Location } = (await asked.json()) as { readonly Location: string };
  expect(new URL(Location).hostname).toBe('127.0.0.1');
  // A DataNode says 100 Continue unasked, which `fetch` takes for a bad response.
  const writing = request(Location, { method: 'PUT' }).end(content);
  const [answer] = (await once(writing, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

async function read(address: string, path: string): Promise<string> {
  return (await fetch(`http://${address}/webhdfs/v1${path}?op=OPEN&user.name=hdfs`)).text();
}

describe('an HDFS', () => {
  let hdfs: Hdfs;
  beforeAll(async () => {
    if (isHere) hdfs = await startHdfs();
  }, START_WITHIN_MS);
  afterAll(async () => {
    if (isHere) await hdfs.stop();
  });

  it('keeps what was written when its processes are killed', async () => {
    const [address] = hdfs.httpAddresses;
    expect(await write(address!, '/a.txt', 'one')).toBe(201);
    await hdfs.killNameNode();
    await expect(fetch(`http://${address!}/`)).rejects.toThrow();
    await hdfs.startNameNode();
    await hdfs.killDataNode();
    await hdfs.startDataNode();
    await expect.poll(() => read(address!, '/a.txt')).toBe('one');
  });

  it('is read only in safe mode, and knows owners and quotas', async () => {
    await hdfs.setSafeMode(true);
    await expect(hdfs.webHdfs('PUT', '/b', { op: 'MKDIRS' })).rejects.toThrow('SafeModeException');
    await hdfs.setSafeMode(false);
    await hdfs.makeFolder('/b', 'shop');
    await hdfs.setSpaceQuota('/b', 10_000_000);
    expect(await hdfs.webHdfs('GET', '/b', { op: 'GETFILESTATUS' })).toMatchObject({
      FileStatus: { owner: 'shop', permission: '700' },
    });
    expect(await hdfs.webHdfs('GET', '/b', { op: 'GETCONTENTSUMMARY' })).toMatchObject({
      ContentSummary: { spaceQuota: 10_000_000 },
    });
  });
});

describe('an HDFS of two NameNodes', () => {
  it('has one on standby, which goes on where the other was killed', { timeout: START_WITHIN_MS }, async () => {
    const hdfs = await startHdfs({ nameNodes: 2 });
    try {
      const [first, second] = hdfs.httpAddresses;
      expect(await write(first!, '/a.txt', 'one')).toBe(201);
      expect(await read(second!, '/a.txt')).toContain('StandbyException');
      await hdfs.killNameNode(0);
      await hdfs.activate(1);
      await expect.poll(() => read(second!, '/a.txt')).toBe('one');
      await hdfs.startNameNode(0);
      expect(await read(first!, '/a.txt')).toContain('StandbyException');
    } finally {
      await hdfs.stop();
    }
  });
});
