import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach } from 'vitest';
import { DAY_MS } from '../../../src/core/day.ts';

/** Past midnight for every clock that is asked. */
const MARGIN_MS = 1_000;

/** Lets each test of this file end on the UTC day on which it begins, taking `withinMs`: shortly before midnight it waits for that. For tests that name the day of what they send, or move it to another. */
export function withinOneDay(withinMs: number): void {
  beforeEach(
    async () => {
      const leftMs = DAY_MS - (Date.now() % DAY_MS);
      if (leftMs < withinMs) await delay(leftMs + MARGIN_MS);
    },
    withinMs + 10 * MARGIN_MS,
  );
}
