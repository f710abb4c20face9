import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf, textOf } from '../../core/text-of.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Sink } from '../sink.ts';
import { failedOutcome, readAnswer, type WriteOutcome } from './write-outcome.ts';

export interface AttemptDeps {
  readonly clock: Clock;
  /** The write is aborted after this long, in milliseconds. */
  readonly deadlineMs: number;
  /** Aborts the write before its deadline. */
  readonly stop: AbortSignal;
  /** The write was aborted, and has not settled since. */
  onHung(): void;
}

/** A sink settles at the latest so long after its signal was aborted, in milliseconds. */
export const ABORT_GRACE_MS = 1_000;

/**
 * Writes once, and resolves when the sink has settled, which may be never. What a late answer says counts as if it had come in time. Never
 * rejects.
 */
export async function attemptWrite(
  sink: Sink,
  messages: readonly ReceivedMessage[],
  { clock, deadlineMs, stop, onHung }: AttemptDeps,
): Promise<WriteOutcome> {
  const controller = new AbortController();
  let abortedFor: string | undefined;
  let cancelHung: Cancel | undefined;

  function abort(why: string): void {
    if (abortedFor !== undefined) return;
    abortedFor = why;
    cancelHung = clock.after(ABORT_GRACE_MS, onHung);
    controller.abort(new Error(why));
  }

  const onStop = (): void => abort('the router ends');
  const cancelDeadline = clock.after(deadlineMs, () => abort(`no answer within ${deadlineMs} ms`));
  stop.addEventListener('abort', onStop);
  try {
    if (stop.aborted) onStop();
    // What a sink hands back is what some stranger's code made of it.
    const answer: unknown = await sink.write(messages, controller.signal);
    return readAnswer(answer, messages.length);
  } catch (error) {
    return failedOutcome(abortedFor ?? reasonOf(error));
  } finally {
    cancelDeadline();
    cancelHung?.();
    stop.removeEventListener('abort', onStop);
  }
}

/** Bounded, as it may be the page that a proxy answered with, and is written into every letter. */
function reasonOf(error: unknown): string {
  try {
    return textOf(messageOf(error)) || 'the sink gave no reason';
  } catch {
    return 'the sink failed with an error that cannot be read'; // its `message` throws
  }
}
