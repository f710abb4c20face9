import type { Clock } from '../core/platform.ts';

/** The same text is not repeated within this time. */
const AGAIN_MS = 60_000;

/** Passes on texts for a person, but none that it passed on a short while ago. */
export function onceAWhile(tell: (text: string) => void, clock: Pick<Clock, 'monotonic'>): (text: string) => void {
  const saidAtMs = new Map<string, number>();
  return (text) => {
    const nowMs = clock.monotonic();
    if (nowMs - (saidAtMs.get(text) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    for (const [said, atMs] of saidAtMs) if (nowMs - atMs >= AGAIN_MS) saidAtMs.delete(said);
    saidAtMs.set(text, nowMs);
    tell(text);
  };
}
