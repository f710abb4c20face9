import type { JsonObject, JsonValue } from '../core/json.ts';
import { isRecord } from '../core/json.ts';
import { SEVERITY } from '../core/severity.ts';
import type { TailedMessage } from '../report/journal-text.ts';
import { coloured, type Colour } from './colours.ts';
import { clipped, safeText } from './terminal-text.ts';

const SEVERITY_NAMES = Object.keys(SEVERITY);
const SEVERITY_WIDTH = Math.max(...['critical', 'warning'].map((name) => name.length));
/** Columns that a logger, a type or a name may take. */
const MAX_NAME_WIDTH = 100;
/** Columns that a payload, and the metadata, may take: some lines of a terminal. The whole of it is in `--format ndjson`. */
const MAX_TEXT_WIDTH = 500;
/** More of a text is not looked at: cutting takes time for each character, and a message may have a MiB. */
const MAX_TEXT_LENGTH = 4 * MAX_TEXT_WIDTH;

interface Told {
  /** What a metric or an exception is called by; empty for others. */
  readonly name: string;
  readonly text: string;
  /** What has not been said yet. */
  readonly metadata: JsonObject;
}

/** One line for a message as the tail's stream has it, as JSON: time, severity, logger, type, name, payload, metadata. Its length is bounded. */
export function formatMessage(json: string, isColoured: boolean): string {
  // The stream is of the server that the user named, which sends messages as this same package writes them.
  const message = JSON.parse(json) as TailedMessage;
  const { timestamp, severity, logger, type } = message;
  const { name, text, metadata } = told(message);
  const paint = (colour: Colour, shown: string): string =>
    isColoured && shown !== '' ? coloured(colour, shown) : shown;
  const parts = [
    paint('dim', localTime(timestamp)),
    paint(
      severityColour(severity),
      (SEVERITY_NAMES[severity] ?? String(severity)).slice(0, SEVERITY_WIDTH).padEnd(SEVERITY_WIDTH),
    ),
    paint('cyan', bounded(logger, MAX_NAME_WIDTH)),
    paint('bold', bounded(type, MAX_NAME_WIDTH)),
    bounded(name, MAX_NAME_WIDTH),
    bounded(text, MAX_TEXT_WIDTH),
    Object.keys(metadata).length === 0 ? '' : paint('dim', bounded(JSON.stringify(metadata), MAX_TEXT_WIDTH)),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

const bounded = (text: string, width: number): string => {
  const beginning = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return clipped(safeText(beginning), width);
};

const UNITS: Readonly<Record<string, string>> = { counter: '', gauge: '', timer: ' ms' };

/** Metrics as name and value, exceptions as what was thrown and where; anything else as it is. */
function told({ type, payload, metadata }: TailedMessage): Told {
  const { name, rate, exception } = metadata;
  const unit = Object.hasOwn(UNITS, type) ? UNITS[type] : undefined;
  if (unit !== undefined && typeof name === 'string') {
    const said = rate === 1 ? ['name', 'rate'] : ['name']; // of a rate of 1 there is nothing to say
    return { name, text: payload + unit, metadata: without(metadata, said) };
  }
  const thrown = type === 'exception' ? thrownText(exception) : undefined;
  if (thrown === undefined) return { name: '', text: payload, metadata };
  return { name: '', text: thrown, metadata: without(metadata, ['exception']) };
}

function without(metadata: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !keys.includes(name)));
}

/** `TypeError: x is not a function  at app.js:10:13`; undefined where it is told otherwise. */
function thrownText(exception: JsonValue | undefined): string | undefined {
  if (!isRecord(exception) || typeof exception['type'] !== 'string') return undefined;
  const { type, value, frames } = exception;
  const what = typeof value === 'string' && value !== '' ? `${type}: ${value}` : type;
  const place = Array.isArray(frames) ? placeOf(frames) : undefined;
  return place === undefined ? what : `${what}  at ${place}`;
}

/** The innermost frame of the application's own, else the innermost. */
function placeOf(frames: readonly unknown[]): string | undefined {
  const innermostFirst = frames.filter(isRecord).reverse();
  const frame = innermostFirst.find((candidate) => candidate['in_app'] === true) ?? innermostFirst[0];
  if (frame === undefined || typeof frame['filename'] !== 'string') return undefined;
  const { filename, lineno, colno } = frame;
  const position = [lineno, colno].filter((part) => typeof part === 'number');
  return [filename, ...position].join(':');
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
