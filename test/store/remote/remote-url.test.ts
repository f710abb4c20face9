import { expect, it } from 'vitest';
import { isRemoteUrl, parseRemoteUrl, remoteUrlFault } from '../../../src/store/remote/remote-url.ts';

it.each([
  ['hdfs://nn:9870/metlog', { kind: 'hdfs', nameNodes: ['nn:9870'], path: '/metlog' }],
  ['hdfs://nn/a/b/', { kind: 'hdfs', nameNodes: ['nn:9870'], path: '/a/b' }],
  ['hdfs://nn1:50070,nn2/a', { kind: 'hdfs', nameNodes: ['nn1:50070', 'nn2:9870'], path: '/a' }],
  ['hdfs://[::1]:9870/a b', { kind: 'hdfs', nameNodes: ['[::1]:9870'], path: '/a b' }],
  ['s3://logs', { kind: 's3', bucket: 'logs', prefix: '' }],
  ['s3://logs/metlog/eu/', { kind: 's3', bucket: 'logs', prefix: 'metlog/eu' }],
])('reads %s', (text, place) => expect(parseRemoteUrl(text)).toEqual(place));

it('takes the port of WebHDFS by TLS where that is spoken, and none is named', () => {
  expect(parseRemoteUrl('hdfs://nn1,nn2:9870/a', { isTls: true })).toMatchObject({
    nameNodes: ['nn1:9871', 'nn2:9870'],
  });
});

const WANTED = 'wanted: hdfs://host[:port][,host[:port]]/path';
const PART =
  'must have no part in its path that is . or .., or has one of \\ : * ? " < > | or a control character in it';

it.each([
  ['hdfs://nn:9870', `names no path, and the root of HDFS is not taken, ${WANTED}`],
  ['hdfs://nn:9870/', `names no path, and the root of HDFS is not taken, ${WANTED}`],
  ['hdfs://nn:99999/a', 'has a port out of range, wanted: 1 to 65535'],
  ['hdfs://nn:0/a', 'has a port out of range, wanted: 1 to 65535'],
  ['hdfs://nn:123456/a', 'has a port out of range, wanted: 1 to 65535'],
  ['hdfs://nn:http/a', `names a host or a port that cannot be one, ${WANTED}`],
  ['hdfs://nn,/a', `names no host before or after a comma, ${WANTED}`],
  ['hdfs://a,b,c/x', 'names 3 NameNodes, wanted: one or two'],
  ['hdfs://user@nn/a', 'must have no user and password in it'],
  ['hdfs://nn/a/../b', PART],
  ['hdfs://nn/a?op=DELETE', 'must have no ? and # in it'],
  ['hdfs:///a', `names no host, ${WANTED}`],
  ['hdfs://', `names no host, ${WANTED}`],
  ['webhdfs://nn/a', 'must begin with hdfs:// in place of webhdfs://'],
  ['s3://', 'names no bucket, wanted: s3://bucket[/prefix]'],
  ['s3://Logs/a', 'must name a bucket of 3 to 63 of a-z, 0-9, . and -'],
  ['s3://logs/a/../b', PART],
  ['s3://logs/a#b', 'must have no ? and # in it'],
  ['s3a://logs/a', 'must begin with s3:// in place of s3a://'],
  ['ftp://nn/a', 'must begin with hdfs:// or s3://, or be a folder'],
  ['hdfs:/nn/a', 'must begin with hdfs:// or s3://, or be a folder'],
  ['s3:logs/a', 'must begin with hdfs:// or s3://, or be a folder'],
])('takes %s for no remote archive, and says why', (text, fault) => {
  expect(parseRemoteUrl(text)).toBeUndefined();
  expect(remoteUrlFault(text)).toBe(fault);
});

it('takes a folder for no remote archive', () => expect(parseRemoteUrl('/var/metlog')).toBeUndefined());

it('tells a URL from a folder, also where it is a wrong one', () => {
  expect(['hdfs://', 's3://x', 'ftp://nn/a', 'hdfs:/a', 's3a:x'].every(isRemoteUrl)).toBe(true);
  expect(['/a', 'a/b', './s3:/x', 'C://data'].map(isRemoteUrl)).toEqual([false, false, false, false]);
});
