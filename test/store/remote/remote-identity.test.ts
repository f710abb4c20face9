import { expect, it } from 'vitest';
import { remoteIdentityOf } from '../../../src/store/remote/remote-identity.ts';
import { parseRemoteUrl } from '../../../src/store/remote/remote-url.ts';

it.each([
  ['hdfs://nn1,nn2/a', {}, {}, 'hdfs://nn1:9870,nn2:9870/a'],
  ['hdfs://nn1/a', {}, { AWS_ENDPOINT_URL: 'http://minio:9000' }, 'hdfs://nn1:9870/a'],
  ['s3://bucket/a/', {}, {}, 's3://bucket/a'],
  ['s3://bucket/a', { s3: { endpoint: 'http://minio:9000/x' } }, {}, 's3://minio:9000/bucket/a'],
  ['s3://bucket', {}, { AWS_ENDPOINT_URL: 'https://one', AWS_ENDPOINT_URL_S3: 'https://two' }, 's3://two/bucket'],
  ['s3://bucket', { s3: { endpoint: '' } }, { AWS_ENDPOINT_URL: 'https://one' }, 's3://bucket'],
  ['s3://bucket', { s3: { endpoint: 'minio' } }, {}, 's3://bucket'],
])('tells %s with %j and %j from others as %s', (url, options, env, want) => {
  expect(remoteIdentityOf(parseRemoteUrl(url)!, options, env)).toBe(want);
});
