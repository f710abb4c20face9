import type { ArchiveFile } from '../../layout.ts';

/** The messages of a file: of one writer and one day. */
export type FileRange = Pick<ArchiveFile, 'dt' | 'writer' | 'first' | 'last'>;

/** How much of a file other files hold, by their offsets. */
export type Covered = 'all' | 'some' | 'none';

type Span = readonly [first: number, last: number];

const keyOf = ({ writer, dt }: FileRange): string => `${writer} ${dt}`;

/** Says of a file how much of it is in the union of `ranges`. */
export function coverageOf(ranges: readonly FileRange[]): (file: FileRange) => Covered {
  const spans = new Map<string, Span[]>();
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const list = spans.get(keyOf(range)) ?? [];
    spans.set(keyOf(range), list);
    const [first, last] = list.at(-1) ?? [Infinity, -Infinity];
    if (range.first <= last + 1) list[list.length - 1] = [first, Math.max(last, range.last)];
    else list.push([range.first, range.last]);
  }
  return (file) => {
    const touching = (spans.get(keyOf(file)) ?? []).filter(([first, last]) => first <= file.last && last >= file.first);
    if (touching.length === 0) return 'none';
    return touching.some(([first, last]) => first <= file.first && last >= file.last) ? 'all' : 'some';
  };
}
