import { isImport, parseArchiveFileName } from '../../layout.ts';
import type { Remote } from '../remote.ts';
import { listCopied, removeMark, targetOf } from './copy-marks.ts';
import { oldestKeptDay } from './copy-rules.ts';
import type { InTime } from './in-time.ts';

/** What the store keeps of an archive. */
export interface RemoteKeeping {
  /** The archive's folder. */
  readonly dir: string;
  readonly remote: Remote;
  readonly url: string;
  readonly writer: string;
  readonly keptDays: number;
}

/**
 * Deletes this archive's files of days that the store does not keep any more: those of its writer, and of the imports that it has copied, with their marks; the files of others are theirs.
 * So are those of a name that this archive has given up (`renewWriterName`): the folder of which it is a copy may be at work and go by it. Nobody deletes them if it is not.
 *
 * Where days are kept longer later, those deleted are not copied anew, as the marks of the writer's own files stay for as long as these are here; imports are, having none any more.
 * `done` is told the days of which nothing of this archive is left, and those in it are not looked at. Resolves to the number of files.
 */
export async function expireRemote(
  { dir, remote, url, writer, keptDays }: RemoteKeeping,
  now: number,
  done: Set<string>,
  inTime: InTime,
): Promise<number> {
  if (keptDays === Infinity) return 0;
  const oldestKept = oldestKeptDay(keptDays, now);
  const imports = (await listCopied(dir, targetOf(url))).filter(({ writer: by }) => isImport(by));
  const days = new Set([...(await inTime((signal) => remote.days(signal))), ...imports.map(({ dt }) => dt)]);
  const old = [...days].filter((dt) => dt < oldestKept && !done.has(dt)).sort();
  let count = 0;
  for (const dt of old) {
    const ofDay = imports.filter((mark) => mark.dt === dt);
    const writers = new Set([writer, ...ofDay.map((mark) => mark.writer)]);
    count += await inTime(async (signal) => {
      const files = await remote.list({ wants: (day) => day === dt, signal });
      const own = files.filter(({ path }) => writers.has(parseArchiveFileName(nameOf(path))?.writer ?? ''));
      for (const { path } of own) await remote.remove(path, signal);
      if (own.length > 0) await remote.removeDay(dt, signal);
      return own.length;
    });
    for (const { path } of ofDay) await removeMark(path);
    done.add(dt);
  }
  return count;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
