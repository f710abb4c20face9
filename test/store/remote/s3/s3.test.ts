import { readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createS3Remote } from '../../../../src/store/remote/s3/s3.ts';
import { CONTENT, KEY, PATH, failureOf, localFile, startRemote } from './s3-trial.ts';

describe('an archive in S3', () => {
  it('is shown with its endpoint, and without credentials', async () => {
    const { store, remote } = await startRemote();
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
});

describe('list', () => {
  it('tells the files of the archive alone, over all pages', async () => {
    const { store, remote } = await startRemote({ pageSize: 2 });
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
    const { remote } = await startRemote({ instead: () => ({ body: page }) });
    expect(await failureOf(remote.list())).toMatchObject({ kind: 'away' });
  });
});

describe('small texts', () => {
  it('are replaced, read and named, those with strange names left out', async () => {
    const { store, remote } = await startRemote();
    expect(await remote.read('_types/shop.json')).toBeUndefined();
    await remote.replace('{"a":1}', '_types/shop.json');
    await remote.replace('{"a":"ü"}', '_types/shop.json');
    for (const name of ['../x', '\u001b[31m.json', 'deep/x.json']) store.objects.set(`logs/_types/${name}`, CONTENT);
    expect(await remote.read('_types/shop.json')).toBe('{"a":"ü"}');
    expect(await remote.names('_types')).toEqual(['_types/shop.json']);
    expect(await remote.names('_other')).toEqual([]);
  });
});

describe('a text that never ends', () => {
  it('is no small text', async () => {
    const { store, remote } = await startRemote({ instead: () => ({ endless: true }) });
    expect(await failureOf(remote.read('_types/shop.json'))).toMatchObject({
      kind: 'conflict',
      message: `s3://${new URL(store.endpoint).host}/archive/logs has something else at _types/shop.json: it is longer than 16777216 bytes.`,
    });
  });
});

describe('get', () => {
  it('copies, and tells how much has come', async () => {
    const { store, remote } = await startRemote();
    store.objects.set(KEY, CONTENT);
    const to = await localFile(Buffer.alloc(100));
    let bytes = 0;
    await remote.get(PATH, to, { onBytes: (count) => (bytes += count) });
    expect(await readFile(to)).toEqual(CONTENT);
    expect(bytes).toBe(CONTENT.length);
  });

  it('does not take half of a file for all of it', async () => {
    const { remote } = await startRemote({
      instead: () => ({ headers: { 'content-length': '100' }, body: 'half', breaksOff: true }),
    });
    expect(await failureOf(remote.get(PATH, await localFile()))).toMatchObject({ kind: 'away' });
  });

  it('gives up what is longer than the file, and never ends', async () => {
    const { store, remote } = await startRemote({ instead: () => ({ endless: true }) });
    const to = await localFile();
    const failure = await failureOf(remote.get(PATH, to, { maxBytes: 100_000 }));
    expect(failure).toMatchObject({
      kind: 'away',
      message: `s3://${new URL(store.endpoint).host}/archive/logs sent more of ${PATH} than the 100000 bytes that it lists.`,
    });
    expect((await stat(to)).size).toBeLessThanOrEqual(100_000);
  });

  it('tells a full disk from a store that is away', async () => {
    const { store, remote } = await startRemote();
    store.objects.set(KEY, CONTENT);
    expect(await failureOf(remote.get(PATH, '/dev/full'))).toMatchObject({ kind: 'local' });
  });
});

describe('tidy', () => {
  it('aborts the uploads to one key, and asks for no others', async () => {
    const { store, remote } = await startRemote();
    const others = [PATH.replace('99', '98'), `${PATH}.old`, '_types/shop.json'];
    [PATH, PATH, ...others].forEach((path, index) => store.uploads.set(String(index), `logs/${path}`));
    await remote.tidy(PATH);
    expect(store.requests[0]?.query.get('prefix')).toBe(`logs/${PATH}`);
    expect([...store.uploads.values()]).toEqual(others.map((path) => `logs/${path}`));
  });
});

describe('a signal', () => {
  it('ends every call', async () => {
    const { remote } = await startRemote();
    const signal = AbortSignal.abort();
    const from = await localFile();
    for (const call of [
      () => remote.list({ signal }),
      () => remote.put(from, PATH, signal),
      () => remote.replace('', '_types/a.json', signal),
      () => remote.read('_types/a.json', signal),
      () => remote.names('_types', signal),
      () => remote.get(PATH, from, { signal }),
      () => remote.remove(PATH, signal),
      () => remote.tidy(PATH, signal),
    ]) {
      expect(await failureOf(call())).toMatchObject({ kind: 'aborted' });
    }
  });

  it('ends a call that waits for content', async () => {
    const controller = new AbortController();
    const { remote } = await startRemote({
      instead: () => ({ headers: { 'content-length': '100' }, body: Buffer.alloc(50) }),
    });
    const getting = remote.get(PATH, await localFile(), {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    expect(await failureOf(getting)).toMatchObject({ kind: 'aborted' });
  });
});
