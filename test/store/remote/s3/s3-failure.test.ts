import { describe, expect, it } from 'vitest';
import type { RemoteError } from '../../../../src/store/remote/remote.ts';
import { createS3Remote } from '../../../../src/store/remote/s3/s3.ts';
import { s3Error, type DoubleAnswer } from './s3-double.ts';
import { CREDENTIALS, PATH, failureOf, localFile, startRemote } from './s3-trial.ts';

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
    const { store, remote } = await startRemote({ instead: () => answer });
    const failure = await failureOf(remote.list());
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(text) as string });
    expect(store.requests).toHaveLength(1); // who calls tries again
    expect(failure.message).toMatch(/^[a-z][^\n]*\.$/);
    expect(failure.message.split(store.endpoint)).toHaveLength(2); // named once
    expect(failure.message).not.toContain(remote.url); // who tells it has named it
    expect(JSON.stringify([failure.message, failure.cause])).not.toMatch(/KEY-ID|SECRET|told by/);
  });

  it('of a look at an object is told with its reason', async () => {
    const { remote } = await startRemote({
      instead: ({ method }) => (method === 'HEAD' ? { status: 403 } : s3Error(403, 'InvalidAccessKeyId')),
    });
    const failure = await failureOf(remote.put(await localFile(), PATH));
    expect(failure.message).toContain('does not know this access key id');
  });

  it('of the network is away, and is not tried again', async () => {
    const { store, remote } = await startRemote({ instead: () => ({ body: '', breaksOff: true, headers: { 'content-length': '9' } }) }); // prettier-ignore
    expect(await failureOf(remote.read('_types/a.json'))).toMatchObject({ kind: 'away' });
    expect(store.requests).toHaveLength(1);
    const nobody = await createS3Remote({ kind: 's3', bucket: 'archive', prefix: '' }, { endpoint: 'http://127.0.0.1:9', ...CREDENTIALS }); // prettier-ignore
    expect(await failureOf(nobody.list())).toMatchObject({
      kind: 'away',
      message: 'http://127.0.0.1:9 cannot be reached, or ended the connection (ListObjectsV2 ECONNREFUSED).', // prettier-ignore
    });
  });
});
