import type { JSX } from 'preact';
import { clockSeconds } from '../format.ts';

/** A time on the reader's clock, with its day if that is not today; UTC when the pointer rests on it. */
export function Time({ at }: { readonly at: string | number }): JSX.Element {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  const day = isToday ? '' : `${time.toLocaleDateString([], { month: 'short', day: 'numeric' })} `;
  return (
    <time class="when" dateTime={time.toISOString()} title={time.toISOString()}>
      {day}
      {clockSeconds(time)}
    </time>
  );
}
