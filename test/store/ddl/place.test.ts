import { expect, it } from 'vitest';
import { ddlLocation } from '../../../src/store/ddl/place.ts';

it('cuts the slashes that a URL ends in, and no others', () => {
  const at = (url: string) => ddlLocation('duckdb', { kind: 'url', url }, 0)?.location;
  expect(['s3://b/p/', 's3://b/p//', 's3://b/p', 's3://b/'].map(at)).toEqual([
    's3://b/p',
    's3://b/p',
    's3://b/p',
    's3://b',
  ]);
});

it.each([
  { kind: 'folder', dir: '/archive' },
  { kind: 'hdfs', nameNodes: ['nn:9870'], path: '/archive' },
  { kind: 's3', bucket: 'b', prefix: '' },
] as const)('says how much is missing of an archive in $kind', (place) => {
  expect(ddlLocation('hive', place, 3_600_000)?.notes[0]).toContain('up to 60 minutes of them');
  expect(ddlLocation('hive', place, 10)?.notes[0]).toContain('up to 1 minute of them');
});
