import { clockSeconds, clockTime } from '../format.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What stands at the ticks of a time axis, on the reader's clock: the day where a new one begins. */
export function axisTimes(ticks: readonly number[], stepMs: number): readonly string[] {
  return ticks.map((tick, index) => {
    const time = new Date(tick);
    const before = ticks[index - 1];
    if (stepMs >= DAY_MS) return dayOf(time);
    const text = stepMs < MINUTE_MS ? clockSeconds(time) : clockTime(time);
    const isNewDay = before !== undefined && new Date(before).toDateString() !== time.toDateString();
    return isNewDay ? `${text}\n${dayOf(time)}` : text;
  });
}

const dayOf = (time: Date): string => time.toLocaleDateString([], { day: 'numeric', month: 'short' });
