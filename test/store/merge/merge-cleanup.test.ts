import { expect, it } from 'vitest';
import type { ArchiveFile } from '../../../src/store/layout.ts';
import { planExpiry } from '../../../src/store/merge/merge-cleanup.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');

const file = (dt: string, writer: string): ArchiveFile => ({
  path: `${dt} ${writer}`,
  dt,
  writer,
  first: 0,
  last: 9,
  recent: false,
  bytes: 100,
  mtimeMs: 0,
});

it('does not take what was imported for too much that waits, however old it is', () => {
  const files = [
    file('2019-01-01', 'import-0123456789abcdef'),
    file('2019-01-02', 'import-0123456789abcdef'),
    file('2026-11-01', ''),
    file('2026-11-02', ''),
  ];
  const plan = (maxWaitingBytes: number): string[] =>
    planExpiry(files, NOW, { retentionDays: 2, waits: () => true, maxWaitingBytes }).lost.map(({ path }) => path);
  expect(plan(200)).toEqual([]);
  expect(plan(100)).toEqual(['2026-11-01 ']);
  expect(plan(0)).toEqual(['2026-11-01 ', '2026-11-02 ']);
  expect(planExpiry(files, NOW, { retentionDays: 2, waits: () => true, maxWaitingBytes: 100 }).files).toHaveLength(1);
});

it('deletes what was imported once it is copied', () => {
  const files = [file('2019-01-01', 'import-0123456789abcdef')];
  expect(planExpiry(files, NOW, { retentionDays: 2, waits: () => false })).toEqual({ files, lost: [] });
});
