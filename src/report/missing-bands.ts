import type { PathBooks } from './books.ts';

/** A stretch of whole hours in which messages are known to be missing. */
export interface MissingBand {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly missing: number;
  readonly received: number;
}

const HOUR_MS = 3_600_000;

/** The hours that touch a window and of which the path's book misses something, of one logger or of all; neighbours as one, the oldest first. */
export function missingBands(
  rows: PathBooks['rows'],
  fromMs: number,
  toMs: number,
  logger: string | undefined,
): readonly MissingBand[] {
  const byHour = new Map<number, { missing: number; received: number }>();
  for (const row of rows) {
    if (row.hourMs === null || row.hourMs + HOUR_MS <= fromMs || row.hourMs >= toMs) continue;
    if (logger !== undefined && row.logger !== logger) continue;
    const sum = byHour.get(row.hourMs) ?? { missing: 0, received: 0 };
    byHour.set(row.hourMs, { missing: sum.missing + row.missing, received: sum.received + row.received });
  }
  const bands: MissingBand[] = [];
  for (const [hourMs, { missing, received }] of [...byHour].sort(([a], [b]) => a - b)) {
    if (missing === 0) continue;
    const last = bands.at(-1);
    if (last?.toMs === hourMs) {
      bands[bands.length - 1] = {
        ...last,
        toMs: hourMs + HOUR_MS,
        missing: last.missing + missing,
        received: last.received + received,
      };
    } else bands.push({ fromMs: hourMs, toMs: hourMs + HOUR_MS, missing, received });
  }
  return bands;
}
