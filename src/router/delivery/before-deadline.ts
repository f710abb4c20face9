import type { Clock } from '../../core/platform.ts';

/** Resolves with the task, or after the deadline without it; rejects if the task does before that. */
export function beforeDeadline(task: Promise<void>, deadlineMs: number, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs, resolve);
    void task.then(resolve, reject).finally(cancel);
  });
}
