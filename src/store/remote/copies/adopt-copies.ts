import { listArchive, parseArchiveFileName } from '../../layout.ts';
import type { Remote } from '../remote.ts';
import { markCopied, NO_MARKS, readMarks, targetOf } from './copy-marks.ts';
import { remotePathOf } from './copy-due.ts';

/** `dt=YYYY-MM-DD/` in front of a file's name. */
const DAY_START = 3;
const DAY_END = 13;
const NAME_START = 14;

/**
 * Marks what the store has of this archive's files and nobody here knows of: it was copied there under another URL of the same store, or the marks were lost. A file that lies here under its very name needs
 * no mark: copying it finds its content there, and compares it.
 */
export async function adoptCopies(
  {
    dir,
    remote,
    writer,
    url,
  }: { readonly dir: string; readonly remote: Remote; readonly writer: string; readonly url: string },
  signal: AbortSignal,
): Promise<void> {
  const files = await listArchive(dir);
  const here = new Set(files.map((file) => remotePathOf(file, writer)));
  const writers = new Set(files.map((file) => file.writer));
  const target = targetOf(url);
  const { copied } = (await readMarks(dir)).get(target) ?? NO_MARKS;
  // Where all is known to be there, there is nothing to learn.
  const days = new Set(files.filter((file) => copied(file) !== 'all').map(({ dt }) => dt));
  if (days.size === 0) return;
  for (const { path, bytes } of await remote.list({ wants: (dt) => days.has(dt), signal })) {
    const name = parseArchiveFileName(path.slice(NAME_START));
    if (name === undefined || here.has(path)) continue;
    const range = { ...name, dt: path.slice(DAY_START, DAY_END), writer: name.writer === writer ? '' : name.writer };
    if (!writers.has(range.writer) || (range.writer === '' && name.writer === '') || copied(range) === 'all') continue;
    await markCopied(dir, target, range, { path, bytes, checksum: '' });
  }
}
