import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PART_BYTES, WHOLE_BYTES } from '../../../../src/store/remote/s3/content-digest.ts';
import { s3Error, type DoubleOptions } from './s3-double.ts';
import { CONTENT, KEY, PATH, failureOf, localFile, startRemote } from './s3-trial.ts';

const hex = (algorithm: string, content: Uint8Array): string => createHash(algorithm).update(content).digest('hex');
const has = (text: unknown): boolean => text !== undefined;

describe('put', () => {
  it('writes under the condition that nothing is there, with checksums that the store can check', async () => {
    const { store, remote } = await startRemote();
    const verified = await remote.put(await localFile(), PATH);
    expect(verified).toEqual({ bytes: CONTENT.length, checksum: `md5:${hex('md5', CONTENT)}` });
    expect(store.objects.get(KEY)).toEqual(CONTENT);
    expect(store.requests.find(({ method }) => method === 'PUT')?.headers).toMatchObject({
      'if-none-match': '*',
      'content-md5': createHash('md5').update(CONTENT).digest('base64'),
      'x-amz-checksum-sha256': createHash('sha256').update(CONTENT).digest('base64'),
    });
  });

  it.each([
    ['501', s3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented')],
    [
      '400',
      s3Error(400, 'InvalidArgument', "Unsupported headers 'x-amz-checksum-sha256' and 'if-none-match' received."),
    ],
  ])('asks a store that does not know the condition or the checksum without them (%s)', async (_, answer) => {
    const { store, remote } = await startRemote({
      instead: ({ method, headers }) =>
        method === 'PUT' && (has(headers['if-none-match']) || has(headers['x-amz-checksum-sha256']))
          ? answer
          : undefined,
    });
    await remote.put(await localFile(), PATH);
    expect(store.objects.get(KEY)).toEqual(CONTENT);
    await remote.put(await localFile(), PATH.replace('99', '98'));
    // Each of the two is left out once: the answers name the checksum at most.
    expect(store.requests.filter(({ method }) => method === 'PUT').at(-1)?.headers).not.toHaveProperty('if-none-match');
  });

  it('keeps the condition where the store does not know the checksum alone', async () => {
    const message = "Unsupported header 'x-amz-checksum-sha256' received for this API call.";
    const { store, remote } = await startRemote({
      instead: ({ headers }) =>
        has(headers['x-amz-checksum-sha256']) ? s3Error(400, 'InvalidArgument', message) : undefined,
    });
    await remote.put(await localFile(), PATH);
    await remote.put(await localFile(), PATH.replace('99', '98'));
    const puts = store.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*', '*']);
  });

  it('is content with what another writer put there since it looked, if it is the same', async () => {
    const { remote } = await startRemote({ instead: putFirst(CONTENT) });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ bytes: CONTENT.length });
  });

  it('tells of other content that another writer put there since it looked, and leaves it', async () => {
    const other = Buffer.from('what somebody else put');
    const { store, remote } = await startRemote({ instead: putFirst(other) });
    expect(await failureOf(remote.put(await localFile(), PATH))).toMatchObject({ kind: 'conflict' });
    expect(store.objects.get(KEY)).toEqual(other);
  });

  it('believes the SHA-256 of a store whose ETag is no MD5, and reads nothing back', async () => {
    const { store, remote } = await startRemote({
      describe: (content) => ({
        etag: '"opaque"',
        'x-amz-checksum-sha256': createHash('sha256').update(content).digest('base64'),
      }),
    });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ checksum: `sha256:${hex('sha256', CONTENT)}` });
    expect(store.requests.filter(({ method }) => method === 'GET')).toHaveLength(0);
  });

  it('reads back what a store tells neither MD5 nor SHA-256 of', async () => {
    const { store, remote } = await startRemote({ describe: () => ({ etag: '"opaque"' }) });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ checksum: `sha256:${hex('sha256', CONTENT)}` });
    store.objects.set(KEY, Buffer.from('what a router archiveD'));
    expect(await failureOf(remote.put(await localFile(), PATH))).toMatchObject({ kind: 'conflict' });
  });

  it('tells a file that is not there from a store that is not', async () => {
    const { remote } = await startRemote();
    const failure = await failureOf(remote.put('/nowhere/file.parquet', PATH));
    expect(failure).toMatchObject({
      kind: 'local',
      message: expect.stringContaining('/nowhere/file.parquet') as string,
    });
  });

  it('puts an empty file', async () => {
    const { store, remote } = await startRemote();
    expect(await remote.put(await localFile(Buffer.alloc(0)), PATH)).toMatchObject({ bytes: 0 });
    expect(store.objects.get(KEY)).toEqual(Buffer.alloc(0));
  });
});

describe('put of a large file', () => {
  const large = Buffer.alloc(WHOLE_BYTES + 1, 'abcdefg');
  const partCount = Math.ceil(large.length / PART_BYTES);

  it('sends it in parts, and makes it visible under the condition that nothing is there', async () => {
    const { store, remote } = await startRemote({ describe: (content) => ({ etag: `"${partsEtag(content)}"` }) });
    expect(await remote.put(await localFile(large), PATH)).toEqual({
      bytes: large.length,
      checksum: `md5-parts:${partsEtag(large)}`,
    });
    expect(store.objects.get(KEY)?.equals(large)).toBe(true);
    expect(store.requests.filter(({ query }) => query.has('partNumber'))).toHaveLength(partCount);
    const completed = store.requests.find(({ method, query }) => method === 'POST' && query.has('uploadId'));
    expect(completed?.headers['if-none-match']).toBe('*');
  });

  it('takes its parts away when another writer has won, or when it fails', async () => {
    const other = Buffer.from('what somebody else put');
    let isBroken = false;
    const { store, remote } = await startRemote({
      instead: ({ method, query }, { objects }) => {
        if (query.get('partNumber') !== '2') return undefined;
        if (isBroken) return s3Error(500, 'InternalError');
        if (method === 'PUT') objects.set(KEY, other);
        return undefined;
      },
    });
    const from = await localFile(large);
    expect(await failureOf(remote.put(from, PATH))).toMatchObject({ kind: 'conflict' });
    expect(store.objects.get(KEY)).toEqual(other);
    expect(store.uploads.size).toBe(0);
    isBroken = true;
    store.objects.clear();
    expect(await failureOf(remote.put(from, PATH))).toMatchObject({ kind: 'away' });
    expect(store.objects.size).toBe(0);
    expect(store.uploads.size).toBe(0);
  });

  const partsEtag = (content: Buffer): string => {
    const digests = Array.from({ length: Math.ceil(content.length / PART_BYTES) }, (_, index) =>
      createHash('md5')
        .update(content.subarray(index * PART_BYTES, (index + 1) * PART_BYTES))
        .digest(),
    );
    return `${hex('md5', Buffer.concat(digests))}-${digests.length}`;
  };
});

/** Lets another writer put `content` between the look and the write. */
function putFirst(content: Buffer): NonNullable<DoubleOptions['instead']> {
  return ({ method }, { objects }) => {
    if (method === 'PUT') objects.set(KEY, content);
    return undefined;
  };
}
