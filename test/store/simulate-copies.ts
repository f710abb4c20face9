import { dayOf } from '../../src/core/day.ts';
import type { ArchiveFile } from '../../src/store/layout.ts';
import { planMerge } from '../../src/store/merge/merge-plan.ts';
import { coverageOf } from '../../src/store/remote/copies/coverage.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ROWS_A_STEP = 1_000;
const MIDNIGHT = Date.parse('2026-11-22T00:00:00.000Z');
/** As the router has it where the archive is copied. */
const PROMOTE_AFTER_MS = 3_600_000;
/** The store is away for the fourth day. */
const AWAY_FROM_MS = 3 * DAY_MS;
const AWAY_TO_MS = 4 * DAY_MS;

export interface CopiesOptions {
  readonly bytesAnHour: number;
  readonly days: number;
  /** A file comes so often, and merging and copying run then, in milliseconds. It should hold a good deal less than 128 MiB. @default 10 minutes */
  readonly stepMs?: number;
}

export interface CopiesOnPaper {
  /** What the store has, by day. */
  readonly remote: ReadonlyMap<string, readonly ArchiveFile[]>;
  /** What is left here, merged on. */
  readonly local: readonly ArchiveFile[];
}

/** Days of one router on paper, and one more: files as the tiers leave them, merged by the plan that the merger carries out, and copied. */
export function simulateCopies({ bytesAnHour, days, stepMs = 600_000 }: CopiesOptions): CopiesOnPaper {
  const remote = new Map<string, ArchiveFile[]>();
  let covered = coverageOf([]);
  const copied = new Set<ArchiveFile>(); // what is there stays there
  const waits = (one: ArchiveFile): boolean => {
    if (!copied.has(one) && covered(one) === 'all') copied.add(one);
    return !copied.has(one);
  };
  let files: readonly ArchiveFile[] = [];
  let end = 0;
  for (let sinceMs = 0; sinceMs < (days + 1) * DAY_MS; sinceMs += stepMs) {
    const now = MIDNIGHT + sinceMs;
    if (sinceMs < days * DAY_MS) {
      files = [...files, written(end, (bytesAnHour * stepMs) / HOUR_MS, now)];
      end += ROWS_A_STEP;
    }
    const options = {
      before: end,
      now,
      promoteAfterMs: PROMOTE_AFTER_MS,
      mergeKey: (one: ArchiveFile) => (!one.recent && waits(one) ? undefined : ''),
    };
    for (let merge = planMerge(files, options); merge !== undefined; merge = planMerge(files, options)) {
      const { inputs, recent } = merge;
      const [head] = inputs;
      const tail = inputs.at(-1);
      if (head === undefined || tail === undefined) break;
      const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
      const gone = new Set(inputs);
      const merged = { ...head, last: tail.last, recent, bytes };
      files = [...files.filter((other) => !gone.has(other)), merged].sort((a, b) => a.first - b.first);
    }
    if (sinceMs >= AWAY_FROM_MS && sinceMs < AWAY_TO_MS) continue;
    const due = files.filter((one) => !one.recent && waits(one));
    for (const one of due) remote.set(one.dt, [...(remote.get(one.dt) ?? []), one]);
    if (due.length > 0) covered = coverageOf([...remote.values()].flat());
  }
  return { remote, local: files };
}

const written = (first: number, bytes: number, now: number): ArchiveFile => ({
  path: `${first}`,
  dt: dayOf(now),
  writer: '',
  first,
  last: first + ROWS_A_STEP - 1,
  recent: true,
  bytes,
  mtimeMs: now,
});
