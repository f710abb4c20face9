import { expect, it } from 'vitest';
import { isRemoteUrl, parseRemoteUrl } from '../../../src/store/remote/remote-url.ts';

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

it.each([
  'hdfs://nn:9870',
  'hdfs://nn:9870/',
  'hdfs://nn:99999/a',
  'hdfs://nn,/a',
  'hdfs://user@nn/a',
  'hdfs://nn/a/../b',
  'hdfs://nn/a?op=DELETE',
  'hdfs:///a',
  's3://',
  's3://Logs/a',
  's3://logs/a/../b',
  's3://logs/a#b',
  'ftp://nn/a',
  '/var/metlog',
])('takes %s for no remote archive', (text) => expect(parseRemoteUrl(text)).toBeUndefined());

it('tells a URL from a folder, also where it is a wrong one', () => {
  expect(['hdfs://', 's3://x', 'ftp://nn/a'].map(isRemoteUrl)).toEqual([true, true, true]);
  expect(['/a', 'a/b', './s3:/x', 'C://data'].map(isRemoteUrl)).toEqual([false, false, false, false]);
});
