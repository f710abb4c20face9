import { DAY_MS, dayOf } from '../../../core/day.ts';
import type { ArchiveFile } from '../../layout.ts';
import { NO_MARKS, targetOf, type TargetMarks } from './copy-marks.ts';
import type { FileRange } from './coverage.ts';

/** A store that the archive is being copied to. */
export interface CopyTarget {
  readonly url: string;
  /** Days that are kept there, counted back from today: older ones are not copied any more. @default Infinity: all are */
  readonly keptDays?: number;
}

/**
 * Which files may be merged with which, as `planMerge` asks for it. What is merged is copied, or not copied, as one: so each store must have all of a file or nothing, and
 * certainly. A file in `_recent` can be in a store if it is a copy of another folder's that has gone on. What is still to be copied to `active` is left alone, as its copying may begin at any moment.
 */
export function mergeKeyOf(
  marks: ReadonlyMap<string, TargetMarks>,
  active: CopyTarget | undefined,
  now: number,
): (file: FileRange & Pick<ArchiveFile, 'recent'>) => string | undefined {
  // A day longer than it is copied: nothing that still was so a moment ago is touched.
  const waits =
    active === undefined
      ? () => false
      : waitsFor(marks, { ...active, keptDays: (active.keptDays ?? Infinity) + 1 }, now);
  return (file) => {
    if (!file.recent && waits(file)) return undefined;
    let key = '';
    for (const { copied, begun } of marks.values()) {
      const there = copied(file);
      if (there === 'some' || (there === 'none' && begun(file) !== 'nothing')) return undefined;
      key += there === 'all' ? '+' : '-';
    }
    return key;
  };
}

/** Which files are still to be copied to `target`. */
export function waitsFor(
  marks: ReadonlyMap<string, TargetMarks>,
  { url, keptDays = Infinity }: CopyTarget,
  now: number,
): (file: FileRange) => boolean {
  const { copied } = marks.get(targetOf(url)) ?? NO_MARKS;
  return (file) => isKept(file.dt, keptDays, now) && copied(file) !== 'all';
}

/** Whether a UTC day is among those that are kept so long. */
export const isKept = (dt: string, keptDays: number, now: number): boolean =>
  keptDays === Infinity || dt >= oldestKeptDay(keptDays, now);

/** The oldest UTC day of those that are kept so long. */
export const oldestKeptDay = (keptDays: number, now: number): string => dayOf(now - keptDays * DAY_MS);
