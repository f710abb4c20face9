import { DROP_REASONS, type DropReason } from '../../core/drop-reason.ts';
import type { SenderReport } from '../../core/report.ts';

/** By reason, what senders have reported to have dropped. */
export type Dropped = SenderReport['dropped'];

/** Knows what senders reported last, as they report sums. */
export interface ReportedDrops {
  /** What is new in a report. `hasReported`: this sender reported drops before; if it is not known any more what, nothing counts as new. */
  take(sender: string, dropped: Dropped, hasReported: boolean): readonly (readonly [DropReason, number])[];
  forget(sender: string): void;
  entries(): Iterable<readonly [sender: string, dropped: Dropped]>;
  restore(sender: string, dropped: Dropped): void;
}

/** Senders of which it is known. A sender that drops nothing is none of them. */
const MAX_SENDERS = 20_000;

export function createReportedDrops(maxSenders = MAX_SENDERS): ReportedDrops {
  const known = new Map<string, Dropped>();

  function keep(sender: string, dropped: Dropped): void {
    known.delete(sender);
    known.set(sender, dropped);
    if (known.size <= maxSenders) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      return;
    }
  }

  return {
    take(sender, dropped, hasReported) {
      const before = known.get(sender) ?? (hasReported ? dropped : {});
      const most: Partial<Record<DropReason, number>> = {};
      const fresh: [DropReason, number][] = [];
      for (const reason of DROP_REASONS) {
        const had = before[reason] ?? 0;
        const has = Math.max(had, dropped[reason] ?? 0); // an older report may come late
        if (has > 0) most[reason] = has;
        if (has > had) fresh.push([reason, has - had]);
      }
      keep(sender, most);
      return fresh;
    },
    forget: (sender) => known.delete(sender),
    entries: () => known,
    restore: keep,
  };
}
