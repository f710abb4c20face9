import type { DayRange } from '../store/day-range.ts';
import { UsageError, type CommandLine, type OptionSpec } from './command.ts';
import { quoted } from './terminal-text.ts';

export const DAY_OPTIONS: Readonly<Record<'from' | 'to', OptionSpec>> = {
  from: { value: 'DAY', about: 'only what was received on this UTC day, YYYY-MM-DD, or later' },
  to: { value: 'DAY', about: 'only what was received on this day or before' },
};

/** The days that `--from` and `--to` say. Throws UsageError. */
export function readDays(line: CommandLine): DayRange {
  const [from, to] = [toDay('--from', line.value('from')), toDay('--to', line.value('to'))];
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`--from must not be later than --to, got ${from} and ${to}`);
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function toDay(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 30 February parses, and is another day.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text;
  throw new UsageError(`${option} must be a day such as 2026-11-27, got ${quoted(text)}`);
}
