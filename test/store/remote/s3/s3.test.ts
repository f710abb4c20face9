import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MissingPeerError } from '../../../../src/store/peer.ts';
import { RemoteError, type Remote } from '../../../../src/store/remote/remote.ts';
import { loadS3 } from '../../../../src/store/remote/s3/load-s3.ts';
import { PART_BYTES, WHOLE_BYTES } from '../../../../src/store/remote/s3/content-digest.ts';
import { createS3Remote } from '../../../../src/store/remote/s3/s3.ts';
import { tempDir } from '../../../cli/run-cli.ts';
import { s3Error, startS3Double, type DoubleAnswer, type DoubleOptions, type S3Double } from './s3-double.ts';

const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';
const KEY = `logs/${PATH}`;
const CONTENT = Buffer.from('what a router archived');
const CREDENTIALS = { accessKeyId: 'KEY-ID', secretAccessKey: 'SECRET' };

async function start(options: DoubleOptions = {}): Promise<{ store: S3Double; remote: Remote }> {
  const store = await startS3Double(options);
  const place = { kind: 's3', bucket: 'archive', prefix: 'logs' } as const;
  const remote = await createS3Remote(place, { endpoint: store.endpoint, ...CREDENTIALS });
  onTestFinished(() => remote.close());
  return { store, remote };
}

async function localFile(content: Uint8Array = CONTENT): Promise<string> {
  const path = join(await tempDir(), 'file.parquet');
  await writeFile(path, content);
  return path;
}

const failureOf = async (work: Promise<unknown>): Promise<RemoteError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw new Error(`not a RemoteError: ${String(error)}`);
  return error;
};
const hex = (algorithm: string, content: Uint8Array): string => createHash(algorithm).update(content).digest('hex');
const has = (text: unknown): boolean => text !== undefined;

describe('an archive in S3', () => {
  it('is shown with its endpoint, and without credentials', async () => {
    const { store, remote } = await start();
    expect(remote.url).toBe(`s3://${new URL(store.endpoint).host}/archive/logs`);
  });

  it.each([
    [{ accessKeyId: 'KEY-ID' }, 'accessKeyId and secretAccessKey belong together'],
    [{ endpoint: 's3.example' }, 'endpoint must be a URL'],
    [{ endpoint: 'https://user:SECRET@s3.example' }, 'endpoint must be a URL'],
  ])('does not begin with options that cannot be (%j)', async (options, text) => {
    const failure = await failureOf(createS3Remote({ kind: 's3', bucket: 'archive', prefix: '' }, options));
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringContaining(text) as string });
    expect(failure.message).not.toContain('SECRET');
  });

  it('says what to install when the client is missing', async () => {
    const error = Object.assign(new Error("Cannot find package '@aws-sdk/client-s3'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const loading = loadS3(() => Promise.reject(error));
    await expect(loading).rejects.toBeInstanceOf(MissingPeerError);
    await expect(loading).rejects.toThrow('install it with: npm install @aws-sdk/client-s3');
  });
});

describe('put', () => {
  it('writes under the condition that nothing is there, with checksums that the store can check', async () => {
    const { store, remote } = await start();
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
    ['400', s3Error(400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-sha256' received for this API call.")],
  ])('asks a store that does not know the condition or the checksum without them (%s)', async (_, answer) => {
    const { store, remote } = await start({
      instead: ({ method, headers }) =>
        method === 'PUT' && (has(headers['if-none-match']) || has(headers['x-amz-checksum-sha256']))
          ? answer
          : undefined,
    });
    await remote.put(await localFile(), PATH);
    expect(store.objects.get(KEY)).toEqual(CONTENT);
    await remote.put(await localFile(), PATH.replace('99', '98'));
    expect(store.requests.filter(({ method }) => method === 'PUT')).toHaveLength(3);
  });

  it('is content with what another writer put there since it looked, if it is the same', async () => {
    const { remote } = await start({ instead: putFirst(CONTENT) });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ bytes: CONTENT.length });
  });

  it('tells of other content that another writer put there since it looked, and leaves it', async () => {
    const other = Buffer.from('what somebody else put');
    const { store, remote } = await start({ instead: putFirst(other) });
    expect(await failureOf(remote.put(await localFile(), PATH))).toMatchObject({ kind: 'conflict' });
    expect(store.objects.get(KEY)).toEqual(other);
  });

  it('believes the SHA-256 of a store whose ETag is no MD5, and reads nothing back', async () => {
    const { store, remote } = await start({
      describe: (content) => ({
        etag: '"opaque"',
        'x-amz-checksum-sha256': createHash('sha256').update(content).digest('base64'),
      }),
    });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ checksum: `sha256:${hex('sha256', CONTENT)}` });
    expect(store.requests.filter(({ method }) => method === 'GET')).toHaveLength(0);
  });

  it('reads back what a store tells neither MD5 nor SHA-256 of', async () => {
    const { store, remote } = await start({ describe: () => ({ etag: '"opaque"' }) });
    expect(await remote.put(await localFile(), PATH)).toMatchObject({ checksum: `sha256:${hex('sha256', CONTENT)}` });
    store.objects.set(KEY, Buffer.from('what a router archiveD'));
    expect(await failureOf(remote.put(await localFile(), PATH))).toMatchObject({ kind: 'conflict' });
  });

  it('tells a file that is not there from a store that is not', async () => {
    const { remote } = await start();
    const failure = await failureOf(remote.put('/nowhere/file.parquet', PATH));
    expect(failure).toMatchObject({
      kind: 'local',
      message: expect.stringContaining('/nowhere/file.parquet') as string,
    });
  });

  it('puts an empty file', async () => {
    const { store, remote } = await start();
    expect(await remote.put(await localFile(Buffer.alloc(0)), PATH)).toMatchObject({ bytes: 0 });
    expect(store.objects.get(KEY)).toEqual(Buffer.alloc(0));
  });
});

describe('put of a large file', () => {
  const large = Buffer.alloc(WHOLE_BYTES + 1, 'abcdefg');
  const partCount = Math.ceil(large.length / PART_BYTES);

  it('sends it in parts, and makes it visible under the condition that nothing is there', async () => {
    const { store, remote } = await start({ describe: (content) => ({ etag: `"${partsEtag(content)}"` }) });
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
    const { store, remote } = await start({
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

describe('list', () => {
  it('tells the files of the archive alone, over all pages', async () => {
    const { store, remote } = await start({ pageSize: 2 });
    const days = ['2026-11-26', '2026-11-27', '2026-11-28'];
    const paths = days.map((day) => PATH.replace('2026-11-27', day));
    for (const path of paths) store.objects.set(`logs/${path}`, CONTENT);
    for (const strange of [
      'logs/dt=2026-11-27/_hidden.parquet',
      'logs/dt=2026-11-27/deep/shop.0000000000000000-0000000000000099.parquet',
      'logs/dt=2026-11-27/../../shop.0000000000000000-0000000000000099.parquet',
      'logs/dt=2026-11-27/shop.0000000000000099-0000000000000000.parquet',
      'logs/dt=x/shop.0000000000000000-0000000000000099.parquet',
      'logs/dt=2026-11-27/\u0001\u202e.parquet',
      'logs/_types/shop.json',
      `elsewhere/${PATH}`,
    ]) {
      store.objects.set(strange, CONTENT);
    }
    const listed = async (wants?: (dt: string) => boolean): Promise<readonly string[]> =>
      (await remote.list(wants === undefined ? {} : { wants })).map(({ path }) => path).sort();
    expect(await listed()).toEqual(paths);
    expect(await listed((dt) => dt >= '2026-11-27')).toEqual(paths.slice(1));
    expect((await remote.list())[0]?.bytes).toBe(CONTENT.length);
  });

  it('does not follow a listing that goes in circles', async () => {
    const page =
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken></ListBucketResult>';
    const { remote } = await start({ instead: () => ({ body: page }) });
    expect(await failureOf(remote.list())).toMatchObject({ kind: 'away' });
  });
});

describe('small texts', () => {
  it('are replaced, read and named, those with strange names left out', async () => {
    const { store, remote } = await start();
    expect(await remote.read('_types/shop.json')).toBeUndefined();
    await remote.replace('{"a":1}', '_types/shop.json');
    await remote.replace('{"a":"ü"}', '_types/shop.json');
    for (const name of ['../x', '\u001b[31m.json', 'deep/x.json']) store.objects.set(`logs/_types/${name}`, CONTENT);
    expect(await remote.read('_types/shop.json')).toBe('{"a":"ü"}');
    expect(await remote.names('_types')).toEqual(['_types/shop.json']);
    expect(await remote.names('_other')).toEqual([]);
  });
});

describe('get', () => {
  it('copies, and tells how much has come', async () => {
    const { store, remote } = await start();
    store.objects.set(KEY, CONTENT);
    const to = await localFile(Buffer.alloc(100));
    let bytes = 0;
    await remote.get(PATH, to, { onBytes: (count) => (bytes += count) });
    expect(await readFile(to)).toEqual(CONTENT);
    expect(bytes).toBe(CONTENT.length);
  });

  it('does not take half of a file for all of it', async () => {
    const { remote } = await start({
      instead: () => ({ headers: { 'content-length': '100' }, body: 'half', breaksOff: true }),
    });
    expect(await failureOf(remote.get(PATH, await localFile()))).toMatchObject({ kind: 'away' });
  });

  it('tells a full disk from a store that is away', async () => {
    const { store, remote } = await start();
    store.objects.set(KEY, CONTENT);
    expect(await failureOf(remote.get(PATH, '/dev/full'))).toMatchObject({ kind: 'local' });
  });
});

describe('tidy', () => {
  it("aborts the writer's own uploads", async () => {
    const { store, remote } = await start();
    const others = [PATH.replace('shop-1f2e3d4c', 'shop-1f2e3d4d'), '_types/shop.json', 'dt=2026-11-27/x'];
    [PATH, ...others].forEach((path, index) => store.uploads.set(String(index), `logs/${path}`));
    await remote.tidy('shop-1f2e3d4c');
    expect([...store.uploads.values()]).toEqual(others.map((path) => `logs/${path}`));
  });
});

describe('a failure', () => {
  const region = { 'x-amz-bucket-region': 'eu-central-1' };
  it.each<[string, DoubleAnswer, RemoteError['kind'], string]>([
    ['wrong bucket', s3Error(404, 'NoSuchBucket'), 'refused', 'there is no bucket archive at http://127.0.0.1:'],
    ['wrong key id', s3Error(403, 'InvalidAccessKeyId'), 'refused', 'does not know this access key id'],
    ['wrong secret', s3Error(403, 'SignatureDoesNotMatch'), 'refused', 'the secret access key is not that'],
    ['no right', s3Error(403, 'AccessDenied'), 'refused', 'do not allow this in bucket archive'],
    ['another 403', { status: 403 }, 'refused', 'do not allow this in bucket archive'],
    ['an old token', s3Error(400, 'ExpiredToken'), 'refused', 'the credentials are expired'],
    ['a wrong clock', s3Error(403, 'RequestTimeTooSkewed'), 'refused', 'the clock of this machine'],
    ['another region', { ...s3Error(301, 'PermanentRedirect'), headers: region }, 'refused', 'not in region us-east-1 but in eu-central-1'], // prettier-ignore
    ['a region to sign for', s3Error(400, 'AuthorizationHeaderMalformed'), 'refused', 'is not in region us-east-1'],
    ['a used up quota', s3Error(403, 'QuotaExceeded'), 'refused', 'the quota of bucket archive is used up'],
    ['a full store', { status: 507 }, 'refused', 'is full'],
    ['another refusal', s3Error(400, 'InvalidRequest'), 'refused', 'refused (ListObjectsV2 400 InvalidRequest)'],
    ['too many requests', s3Error(503, 'SlowDown'), 'away', 'is overloaded or failing'],
    ['a failing store', s3Error(500, 'InternalError'), 'away', 'is overloaded or failing'],
    ["a gateway's page", { status: 502, body: '<html><body>Bad gateway</body></html>' }, 'away', 'is overloaded'],
    ['no S3', { status: 200, body: 'hello' }, 'refused', 'does not answer as an S3 store does'],
    ['a code to be afraid of', s3Error(400, '\u202e&lt;script&gt;'), 'refused', 'refused (ListObjectsV2 400)'],
  ])('is a plain sentence, without credentials: %s', async (_, answer, kind, text) => {
    const { remote } = await start({ instead: () => answer });
    const failure = await failureOf(remote.list());
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(text) as string });
    expect(failure.message).toMatch(/^s3:\/\/127\.0\.0\.1:\d+\/archive\/logs: [^\n]*\.$/);
    expect(JSON.stringify([failure.message, failure.cause])).not.toMatch(/KEY-ID|SECRET|told by/);
  });

  it('of a look at an object is told with its reason', async () => {
    const { remote } = await start({
      instead: ({ method }) => (method === 'HEAD' ? { status: 403 } : s3Error(403, 'InvalidAccessKeyId')),
    });
    const failure = await failureOf(remote.put(await localFile(), PATH));
    expect(failure.message).toContain('does not know this access key id');
  });

  it('of the network is away, and is not tried again', async () => {
    const { store, remote } = await start({ instead: () => ({ body: '', breaksOff: true, headers: { 'content-length': '9' } }) }); // prettier-ignore
    expect(await failureOf(remote.read('_types/a.json'))).toMatchObject({ kind: 'away' });
    expect(store.requests).toHaveLength(1);
    const nobody = await createS3Remote({ kind: 's3', bucket: 'archive', prefix: '' }, { endpoint: 'http://127.0.0.1:9', ...CREDENTIALS }); // prettier-ignore
    expect(await failureOf(nobody.list())).toMatchObject({
      kind: 'away',
      message: 's3://127.0.0.1:9/archive: http://127.0.0.1:9 cannot be reached, or ended the connection (ListObjectsV2 ECONNREFUSED).', // prettier-ignore
    });
  });
});

describe('a signal', () => {
  it('ends every call', async () => {
    const { remote } = await start();
    const { signal } = endedController();
    const from = await localFile();
    for (const call of [
      () => remote.list({ signal }),
      () => remote.put(from, PATH, signal),
      () => remote.replace('', '_types/a.json', signal),
      () => remote.read('_types/a.json', signal),
      () => remote.names('_types', signal),
      () => remote.get(PATH, from, { signal }),
      () => remote.remove(PATH, signal),
      () => remote.tidy('shop', signal),
    ]) {
      expect(await failureOf(call())).toMatchObject({ kind: 'aborted' });
    }
  });

  it('ends a call that waits for content', async () => {
    const controller = new AbortController();
    const { remote } = await start({
      instead: () => ({ headers: { 'content-length': '100' }, body: Buffer.alloc(50) }),
    });
    const getting = remote.get(PATH, await localFile(), {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    expect(await failureOf(getting)).toMatchObject({ kind: 'aborted' });
  });
});

/** Lets another writer put `content` between the look and the write. */
function putFirst(content: Buffer): NonNullable<DoubleOptions['instead']> {
  return ({ method }, { objects }) => {
    if (method === 'PUT') objects.set(KEY, content);
    return undefined;
  };
}

function endedController(): AbortController {
  const controller = new AbortController();
  controller.abort();
  return controller;
}
