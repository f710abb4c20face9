import type { CopyBook } from './books.ts';
import { count, many } from './words.ts';

/** The copy's book, of a router or as JSON has it. */
type Copy = Pick<CopyBook, 'url' | 'waitingFiles' | 'waitingMessages' | 'waitingBytes' | 'conflicts'> & {
  readonly trouble: string | null | undefined;
};

/** What keeps the archive's files from their store now, a sentence each. */
export function copyTrouble(copy: Copy): string[] {
  const { url, trouble, waitingFiles, waitingMessages, waitingBytes, conflicts } = copy;
  const told: string[] = [];
  if (typeof trouble === 'string') {
    const files = `${many(waitingFiles, 'file')} of ${many(waitingMessages, 'message')}`;
    const waiting = waitingFiles === 0 ? '' : `, ${files} and ${count(waitingBytes)} bytes waiting`;
    told.push(`the archive is not copied to ${url}${waiting}: ${trouble}`);
  }
  if (conflicts > 0) {
    const why = 'other content has the name there, or part of the messages may be there already';
    told.push(`${many(conflicts, 'file')} not copied to ${url}: ${why}`);
  }
  return told;
}
