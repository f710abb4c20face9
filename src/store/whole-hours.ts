import type { TimeWindow } from './window.ts';

export const HOUR_MS = 3_600_000;

/**
 * The whole hours of a window of more than two, which the view `hours` has counted: when the first begins and the last ends, in ISO 8601. What was received before
 * the one, or from the other on, is left to be counted message by message. A window begins after its `fromMs`, which an hour would hold: none begins there.
 */
export const wholeHours = ({ fromMs, toMs }: TimeWindow): readonly [string, string] => [
  new Date((Math.floor(fromMs / HOUR_MS) + 1) * HOUR_MS).toISOString(),
  new Date(Math.floor(toMs / HOUR_MS) * HOUR_MS).toISOString(),
];
