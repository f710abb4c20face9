import { listArchive } from '../../layout.ts';
import type { Remote } from '../remote.ts';
import { remotePathOf } from './copy-due.ts';
import { listBegun, removeMark, targetOf } from './copy-marks.ts';
import { coverageOf } from './coverage.ts';

/**
 * Deletes what is left in the store of copying files that are not here any more, as those that waited too long: nobody puts them again. What is left of the others goes with their next copying.
 */
export async function tidyGone(
  {
    dir,
    remote,
    writer,
    url,
  }: { readonly dir: string; readonly remote: Remote; readonly writer: string; readonly url: string },
  signal: AbortSignal,
): Promise<void> {
  const begun = await listBegun(dir, targetOf(url));
  if (begun.length === 0) return;
  const here = coverageOf(await listArchive(dir));
  for (const mark of begun) {
    if (here(mark) !== 'none') continue;
    await remote.tidy(remotePathOf(mark, writer), signal);
    await removeMark(mark.path);
  }
}
