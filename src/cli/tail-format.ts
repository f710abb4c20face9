import { coloured, type Colour } from './colours.ts';
import type { TailedMessage } from '../report/journal-text.ts';
import { SEVERITY } from '../core/severity.ts';
import { safeText } from './terminal-text.ts';

const SEVERITY_NAMES = Object.keys(SEVERITY);
const NAME_WIDTH = Math.max(...['critical', 'warning'].map((name) => name.length));

/** One line for a message as the tail's stream has it, as JSON: time, severity, logger, type, payload, metadata. */
export function formatMessage(json: string, isColoured: boolean): string {
  // The stream is of the server that the user named, which sends messages as this same package writes them.
  const { timestamp, severity, logger, type, payload, metadata } = JSON.parse(json) as TailedMessage;
  const paint = (colour: Colour, text: string): string => (isColoured ? coloured(colour, text) : text);
  const parts = [
    paint('dim', localTime(timestamp)),
    paint(
      severityColour(severity),
      (SEVERITY_NAMES[severity] ?? String(severity)).slice(0, NAME_WIDTH).padEnd(NAME_WIDTH),
    ),
    paint('cyan', safeText(logger)),
    paint('bold', safeText(type)),
    safeText(payload),
    Object.keys(metadata).length === 0 ? '' : paint('dim', safeText(JSON.stringify(metadata))),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function severityColour(severity: number): Colour {
  if (severity <= SEVERITY.error) return 'red';
  if (severity === SEVERITY.warning) return 'yellow';
  return severity === SEVERITY.debug ? 'dim' : 'green';
}

/** `HH:MM:SS.mmm` where the reader is. */
function localTime(timestamp: string): string {
  const time = new Date(timestamp);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
