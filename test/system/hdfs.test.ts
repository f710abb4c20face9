import { describe, expect, it } from 'vitest';
import { startHdfs } from './servers/hdfs.ts';
import { START_WITHIN_MS, useHdfs } from './support/use-hdfs.ts';

// The cluster by itself: what the other tests do to it is what happens to it.

const hdfs = useHdfs();

async function read(address: string, path: string): Promise<string> {
  return (await fetch(`http://${address}/webhdfs/v1${path}?op=OPEN&user.name=hdfs`)).text();
}

describe('an HDFS', () => {
  it('keeps what was written when its processes are killed', async () => {
    const [address] = hdfs().httpAddresses;
    await hdfs().write('/a.txt', 'one');
    await hdfs().killNameNode();
    await expect(fetch(`http://${address!}/`)).rejects.toThrow();
    await hdfs().startNameNode();
    await hdfs().killDataNode();
    await hdfs().startDataNode();
    await expect.poll(() => read(address!, '/a.txt')).toBe('one');
  });

  it('is read only in safe mode, and knows owners and quotas', async () => {
    await hdfs().setSafeMode(true);
    await expect(hdfs().webHdfs('PUT', '/b', { op: 'MKDIRS' })).rejects.toThrow('SafeModeException');
    await hdfs().setSafeMode(false);
    await hdfs().makeFolder('/b', 'shop');
    await hdfs().setSpaceQuota('/b', 10_000_000);
    expect(await hdfs().webHdfs('GET', '/b', { op: 'GETFILESTATUS' })).toMatchObject({
      FileStatus: { owner: 'shop', permission: '700' },
    });
    expect(await hdfs().webHdfs('GET', '/b', { op: 'GETCONTENTSUMMARY' })).toMatchObject({
      ContentSummary: { spaceQuota: 10_000_000 },
    });
  });
});

describe('an HDFS of two NameNodes', () => {
  it('has one on standby, which goes on where the other was killed', { timeout: START_WITHIN_MS }, async () => {
    const pair = await startHdfs({ nameNodes: 2 });
    try {
      const [first, second] = pair.httpAddresses;
      await pair.write('/a.txt', 'one');
      expect(await read(second!, '/a.txt')).toContain('StandbyException');
      await pair.killNameNode(0);
      await pair.activate(1);
      await expect.poll(() => read(second!, '/a.txt')).toBe('one');
      await pair.startNameNode(0);
      expect(await read(first!, '/a.txt')).toContain('StandbyException');
    } finally {
      await pair.stop();
    }
  });
});
