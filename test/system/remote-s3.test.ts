import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Remote } from '../../src/store/remote/remote.ts';
import type { RemoteOptions } from '../../src/store/remote/remote-options.ts';
import { WHOLE_BYTES } from '../../src/store/remote/s3/content-digest.ts';
import { createS3Remote } from '../../src/store/remote/s3/s3.ts';
import { remoteContract } from '../contract/remote-contract.ts';
import { startS3, type S3Server } from './servers/s3.ts';
import { wantParts } from './support/parts.ts';

const isHere = wantParts('radosgw', 'ceph-mon', 'ceph-osd');
const START_WITHIN_MS = 180_000;
const BUCKET = 'archive';
const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';

let s3: S3Server;
let dir: string;
let count = 0;
beforeAll(async () => {
  if (!isHere) return;
  dir = await mkdtemp(join(tmpdir(), 'metlog-remote-s3-'));
  s3 = await startS3();
  await s3.makeBucket(BUCKET);
}, START_WITHIN_MS);
afterAll(async () => {
  if (!isHere) return;
  await s3.stop();
  await rm(dir, { recursive: true, force: true });
});

async function openRemote(
  { bucket = BUCKET, prefix = `metlog/eu-${++count}` } = {},
  options: RemoteOptions['s3'] = {},
): Promise<Remote> {
  const { endpoint, region, user } = s3;
  const remote = await createS3Remote({ kind: 's3', bucket, prefix }, { endpoint, region, ...user, ...options });
  return remote;
}

/** Keys of the uploads that are not finished. */
async function uploadsUnder(prefix: string): Promise<readonly (string | undefined)[]> {
  const command = new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: `${prefix}/` });
  return ((await s3.client.send(command)).Uploads ?? []).map(({ Key }) => Key);
}

/** How many parts of them are there. */
async function partsUnder(prefix: string): Promise<number> {
  let parts = 0;
  const uploads = new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: `${prefix}/` });
  for (const { Key, UploadId } of (await s3.client.send(uploads)).Uploads ?? []) {
    const { Parts = [] } = await s3.client.send(new ListPartsCommand({ Bucket: BUCKET, Key, UploadId }));
    parts += Parts.length;
  }
  return parts;
}

/** One that the test need not close. */
async function useRemote(...given: Parameters<typeof openRemote>): Promise<Remote> {
  const remote = await openRemote(...given);
  onTestFinished(() => remote.close());
  return remote;
}

async function localFile(content: Uint8Array): Promise<string> {
  const path = join(dir, `local-${++count}`);
  await writeFile(path, content);
  return path;
}

describe('a remote archive in S3', () => {
  const cases = remoteContract(async () => {
    const prefix = `metlog/contract-${++count}`;
    return {
      remote: await openRemote({ prefix }),
      another: () => openRemote({ prefix }),
      async leaveHalf(path) {
        const upload = { Bucket: BUCKET, Key: `${prefix}/${path}` };
        const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(upload));
        await s3.client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'half' }));
      },
      async countAll() {
        const command = new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${prefix}/` });
        const objects = await s3.client.send(command);
        return (objects.Contents?.length ?? 0) + (await uploadsUnder(prefix)).length;
      },
    };
  });
  it.each(cases)('$name', ({ run }) => run());

  it('takes a file that is sent in parts, once, and takes its parts away when it is stopped', async () => {
    const prefix = `metlog/parts-${++count}`;
    const remote = await useRemote({ prefix });
    const content = randomBytes(WHOLE_BYTES + 1_000_001);
    const from = await localFile(content);
    const stop = new AbortController();
    const stopped = remote.put(from, PATH, stop.signal).catch((error: unknown) => error);
    // With the first part, who puts it has heard that the upload was begun; before, nobody could end it.
    await expect.poll(() => partsUnder(prefix), { interval: 5 }).toBeGreaterThan(0);
    expect(await uploadsUnder(prefix)).toEqual([`${prefix}/${PATH}`]);
    stop.abort();
    expect(await stopped).toMatchObject({ kind: 'aborted' });
    expect(await uploadsUnder(prefix)).toEqual([]);
    expect(await remote.list()).toEqual([]);

    const verified = await remote.put(from, PATH);
    expect(verified).toMatchObject({
      bytes: content.length,
      checksum: expect.stringMatching(/^md5-parts:[0-9a-f]{32}-5$/) as string,
    });
    expect(await remote.put(from, PATH)).toEqual(verified);
    expect(await uploadsUnder(prefix)).toEqual([]);
    const to = join(dir, `fetched-${++count}`);
    await remote.get(PATH, to);
    expect(content.equals(await readFile(to))).toBe(true);
    await expect(remote.put(await localFile(Buffer.alloc(content.length)), PATH)).rejects.toMatchObject({ kind: 'conflict' }); // prettier-ignore
  });

  it('lets one of two writers win that put other content under one name at once', async () => {
    for (let round = 0; round < 10; round++) {
      const prefix = `metlog/race-${++count}`;
      const remotes = [await useRemote({ prefix }), await useRemote({ prefix })];
      const contents = [randomBytes(100_000), randomBytes(100_000)];
      const files = await Promise.all(contents.map(localFile));
      const outcomes = await Promise.allSettled(remotes.map((remote, i) => remote.put(files[i]!, PATH)));
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost).toMatchObject([{ reason: { kind: 'conflict' } }]);
      const to = join(dir, `fetched-${++count}`);
      await remotes[0]!.get(PATH, to);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect(contents[winner]?.equals(await readFile(to))).toBe(true);
    }
  });

  it('has no conflict when both put the same', async () => {
    const prefix = `metlog/same-${++count}`;
    const from = await localFile(randomBytes(1_000_000));
    const remotes = [await useRemote({ prefix }), await useRemote({ prefix })];
    const [one, other] = await Promise.all(remotes.map((remote) => remote.put(from, PATH)));
    expect(one).toEqual(other);
  });

  it('lies under a prefix of any characters', async () => {
    const remote = await useRemote({ prefix: `shop's 100% + ü & <b> = ${++count}` });
    await remote.put(await localFile(Buffer.from('x')), PATH);
    await remote.replace('{}', '_types/shop.json');
    expect(await remote.list()).toEqual([{ path: PATH, bytes: 1 }]);
    expect(await remote.list({ wants: () => true })).toHaveLength(1);
    expect(await remote.names('_types')).toEqual(['_types/shop.json']);
  });

  it('lists more than a page', async () => {
    const prefix = `metlog/pages-${++count}`;
    const remote = await useRemote({ prefix });
    const paths = Array.from({ length: 1_001 }, (_, i) => PATH.replace('0099.', `${String(i).padStart(4, '0')}.`));
    const waiting = paths.values();
    const putThem = async (): Promise<void> => {
      for (const path of waiting) {
        await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${path}`, Body: 'x' }));
      }
    };
    await Promise.all(Array.from({ length: 8 }, putThem));
    expect((await remote.list()).map(({ path }) => path).sort()).toEqual(paths.sort());
  });
});

describe('what has to be seen to is one sentence', () => {
  const putInto = async (remote: Remote): Promise<unknown> =>
    remote.put(await localFile(randomBytes(200_000)), PATH).catch((error: unknown) => error);
  const says = (kind: string, text: string): object => {
    // The store is named, and the archive is not: who tells of it has named it.
    const message = new RegExp(`^(?=[^\\n]*http://127\\.0\\.0\\.1:\\d+)(?![^\\n]*s3:)[^\\n]*${text}[^\\n]*\\.$`);
    return { name: 'RemoteError', kind, message: expect.stringMatching(message) as string };
  };

  it('a wrong bucket', async () => {
    const remote = await useRemote({ bucket: 'nobodys' });
    expect(await putInto(remote)).toMatchObject(says('refused', 'there is no bucket nobodys at http://'));
    await expect(remote.list()).rejects.toMatchObject(says('refused', 'there is no bucket nobodys'));
    await expect(remote.read('_types/a.json')).rejects.toMatchObject(says('refused', 'there is no bucket nobodys'));
  });

  it('a wrong key id', async () => {
    const remote = await useRemote({}, { accessKeyId: 'nobodys', secretAccessKey: 'hidden' });
    expect(await putInto(remote)).toMatchObject(says('refused', 'does not know this access key id'));
    await expect(remote.list()).rejects.toMatchObject(says('refused', 'does not know this access key id'));
  });

  it('a wrong secret, which is not told', async () => {
    const remote = await useRemote({}, { ...s3.user, secretAccessKey: 'hidden' });
    const failure = await putInto(remote);
    expect(failure).toMatchObject(says('refused', 'the secret access key is not that of the access key id'));
    expect(String(failure)).not.toMatch(/hidden|metlog-key-id/);
  });

  it("somebody else's bucket", async () => {
    const remote = await useRemote({}, await s3.addUser(`other-${++count}`));
    expect(await putInto(remote)).toMatchObject(says('refused', 'the credentials do not allow this in bucket archive'));
  });

  it('a used up quota, after which it goes on', async () => {
    const remote = await useRemote();
    await s3.setQuota(100_000);
    onTestFinished(() => s3.setQuota(undefined));
    await expect.poll(() => putInto(remote)).toMatchObject(says('refused', 'the quota of bucket archive is used up'));
    await s3.setQuota(undefined);
    await expect.poll(() => putInto(remote)).toMatchObject({ bytes: 200_000 });
  });

  it('a store that was killed, and is back', async () => {
    const remote = await useRemote();
    const from = await localFile(randomBytes(3_000_000));
    const verified = await remote.put(from, PATH);
    await s3.kill();
    onTestFinished(() => s3.start());
    expect(await putInto(remote)).toMatchObject(says('away', 'cannot be reached, or ended the connection'));
    await s3.start();
    expect(await remote.put(from, PATH)).toEqual(verified);
  });

  it('a store that is killed while a file is sent, none of which is seen', async () => {
    const prefix = `metlog/killed-${++count}`;
    const remote = await useRemote({ prefix });
    const content = randomBytes(WHOLE_BYTES + 1);
    const from = await localFile(content);
    const putting = remote.put(from, PATH).catch((error: unknown) => error);
    await expect.poll(() => uploadsUnder(prefix), { interval: 5 }).toHaveLength(1);
    await s3.kill();
    expect(await putting).toMatchObject({ kind: 'away' });
    await s3.start();
    expect(await remote.list()).toEqual([]);
    expect(await uploadsUnder(prefix)).toHaveLength(1);
    await remote.tidy(PATH);
    expect(await uploadsUnder(prefix)).toEqual([]);
    expect(await remote.put(from, PATH)).toMatchObject({ bytes: content.length });
  });
});
