import type { Remote } from '../remote.ts';
import { parseArchiveFileName } from '../../layout.ts';
import { oldestKeptDay } from './copy-rules.ts';

/** Deletes this writer's files of days that the store does not keep any more; those of others are theirs. Resolves to their number. */
export async function expireRemote(
  { remote, writer, keptDays }: { readonly remote: Remote; readonly writer: string; readonly keptDays: number },
  now: number,
  signal: AbortSignal,
): Promise<number> {
  if (keptDays === Infinity) return 0;
  const oldestKept = oldestKeptDay(keptDays, now);
  const files = await remote.list({ wants: (dt) => dt < oldestKept, signal });
  const own = files.filter(
    ({ path }) => parseArchiveFileName(path.slice(path.lastIndexOf('/') + 1))?.writer === writer,
  );
  for (const { path } of own) await remote.remove(path, signal);
  return own.length;
}
