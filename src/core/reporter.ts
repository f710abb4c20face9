import type { Stats } from './books.ts';
import type { Cancel, Platform } from './platform.ts';
import { booksSince, encodeReport } from './report.ts';

/** How often a sender reports, in milliseconds. The router holds one for silent that it has not heard of for ten of them. */
export const REPORT_MS = 60_000;

/** Says when a sender is to report, and what. Nothing happens before its first datagram. */
export interface Reporter {
  /** A datagram leaves. */
  shipped(): void;
  /** One of them did not arrive. */
  failed(): void;
  /** The line of a report as of now; undefined where nothing has arrived yet that it could be about. */
  line(isFinal: boolean): string | undefined;
  /** Ends the reporting. The result is what the book of a sender after this one begins with. */
  end(): Stats;
}

export interface ReporterDeps {
  readonly platform: Platform;
  /** The client's book. */
  stats(): Stats;
  /** What the last sender's reporter ended with. */
  readonly before: Stats;
  /** It is time for a report. */
  onDue(): void;
}

export const NO_BOOKS: Stats = { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} };

export function createReporter({ platform, stats, before, onDue }: ReporterDeps): Reporter {
  let shippedCount = 0;
  let failedCount = 0;
  let beganMs = 0;
  let cancel: Cancel | undefined;

  function wait(): void {
    cancel = platform.after(REPORT_MS, () => {
      wait();
      onDue();
    });
  }

  return {
    shipped() {
      if (++shippedCount > 1) return;
      beganMs = platform.now();
      wait();
    },
    failed() {
      failedCount += 1;
    },
    line(isFinal) {
      if (shippedCount === failedCount) return undefined;
      const nowMs = platform.now();
      const ageMs = Math.max(0, nowMs - beganMs); // a clock may be set back
      return encodeReport({ ...booksSince(stats(), before), ageMs, final: isFinal }, nowMs);
    },
    end() {
      cancel?.();
      // A book that nobody was told of is carried on.
      return shippedCount === failedCount ? before : stats();
    },
  };
}
