import { expect, it } from 'vitest';
import { archiveCopyItems } from '../../../src/report/attention/archive-copy.ts';
import { aCopy } from '../some-books.ts';

const URL = 'hdfs://nn1:9870/metlog';

it('names nothing where the store takes what comes, whatever waits, and where there is none', () => {
  expect(archiveCopyItems(undefined)).toEqual([]);
  expect(archiveCopyItems(aCopy({ waitingFiles: 3, waitingMessages: 90, expired: 5, failures: 2 }))).toEqual([]);
});

it('names a store that takes nothing, and what waits for it, in one line', () => {
  const copy = aCopy({ waitingFiles: 2, waitingMessages: 50, waitingBytes: 3_000, trouble: 'no\nanswer' });
  expect(archiveCopyItems(copy)).toEqual([
    {
      rule: 'archive-copy',
      text: `the archive is not copied to ${URL}, 2 files of 50 messages and 3,000 bytes waiting: no answer`,
      url: URL,
      waitingFiles: 2,
      waitingMessages: 50,
    },
  ]);
});

it('names files that their store has with other content', () => {
  const text = `1 file not copied to ${URL}: other content has the name there, or part of the messages may be there already`;
  expect(archiveCopyItems(aCopy({ waitingFiles: 1, conflicts: 1 }))).toMatchObject([{ rule: 'archive-copy', text }]);
});
