import type { Cancel, Clock } from '../../core/platform.ts';
import type { Merger } from '../../store/merge/merge.ts';

export interface MergeScheduleOptions {
  /** Pause between two runs, in milliseconds. */
  readonly everyMs: number;
  /** Longest a message stays in `_recent`, in milliseconds. @default the merger's */
  readonly promoteAfterMs?: number | undefined;
}

export interface MergeScheduleDeps {
  readonly clock: Clock;
  /** Offset of the first message that may still be written: files beyond it are left alone. */
  before(): number;
  onMerged(): void;
  /** A run failed; there will be another. */
  onFailure(error: unknown): void;
}

/** Has an archive's files merged now and then. */
export interface MergeSchedule {
  start(): void;
  /** No run begins any more. */
  stop(): void;
  /** Interrupts the run under way, which the next process does again, and closes the merger. Idempotent. */
  close(): Promise<void>;
}

/** Closes `merger` in the end. */
export function createMergeSchedule(
  merger: Merger,
  { everyMs, promoteAfterMs }: MergeScheduleOptions,
  { clock, before, onMerged, onFailure }: MergeScheduleDeps,
): MergeSchedule {
  const promotion = promoteAfterMs === undefined ? {} : { promoteAfterMs };
  let isStopped = false;
  let isClosed = false;
  let running: Promise<void> | undefined;
  let cancelNext: Cancel | undefined;

  function later(): void {
    cancelNext = clock.after(everyMs, () => {
      running = run().then(() => {
        if (!isStopped) later();
      });
    });
  }

  async function run(): Promise<void> {
    try {
      await merger.run({ before: before(), now: clock.now(), ...promotion });
      onMerged();
    } catch (error) {
      if (!isClosed) onFailure(error); // else it was interrupted
    }
  }

  function stop(): void {
    isStopped = true;
    cancelNext?.();
  }

  return {
    start: later,
    stop,
    async close() {
      stop();
      isClosed = true;
      await merger.close();
      await running;
    },
  };
}
