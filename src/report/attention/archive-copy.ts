import type { AttentionItem } from '../api/attention.ts';
import type { CopyBook } from '../books.ts';
import { copyTrouble } from '../copy-trouble.ts';
import { clip } from './clip.ts';

/** Says what keeps the archive's files from their store: as long as that lasts they take room on this disk. */
export function archiveCopyItems(copy: CopyBook | undefined): AttentionItem[] {
  if (copy === undefined) return [];
  const { url, waitingFiles, waitingMessages, trouble } = copy;
  const told = copyTrouble({ ...copy, trouble: trouble === undefined ? undefined : clip(trouble) });
  return told.map((text) => ({ rule: 'archive-copy', text, url, waitingFiles, waitingMessages }));
}
