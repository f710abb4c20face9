import { decimalText } from '../../../core/decimal.ts';
import type { ReceivedMessage } from '../../received-message.ts';
import type { StatsdName, Unfit } from './names.ts';

const NOT_A_METRIC: Unfit = { reason: 'it is no counter, timer or gauge' };
const NO_NUMBER: Unfit = { reason: 'its payload is no number' };
const NEGATIVE_TIME: Unfit = { reason: 'statsd takes no negative times' };
const BAD_RATE: Unfit = { reason: 'its rate must be a number above 0, and 1 at most' };

/** What most payloads are, and what can be passed on as it is. */
const PLAIN = /^\d{1,15}(?:\.\d{1,15})?$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The line of a metric, without its newline, or why there is none. Numbers are written without exponents: statsd reads a rate of `1e-3` as 1.
 * A gauge below zero is two lines, through zero: to statsd `-5` alone means five less.
 */
export function statsdLine(
  message: ReceivedMessage,
  nameOf: (message: ReceivedMessage) => StatsdName | Unfit,
): string | Unfit {
  const { type, payload, metadata } = message;
  if (type !== 'counter' && type !== 'timer' && type !== 'gauge') return NOT_A_METRIC;
  const value = numberText(payload);
  if (value === undefined) return NO_NUMBER;
  const isNegative = value.startsWith('-');
  if (type === 'timer' && isNegative) return NEGATIVE_TIME;
  const rate = type === 'gauge' ? '' : rateText(metadata['rate']);
  if (rate === undefined) return BAD_RATE;
  const name = nameOf(message); // last, so that only a good message takes up a name
  if ('reason' in name) return name;
  const { before, after } = name;
  if (type === 'gauge') {
    const line = `${before}${value}|g${after}`;
    return isNegative ? `${before}0|g${after}\n${line}` : line;
  }
  return `${before}${value}|${type === 'timer' ? 'ms' : 'c'}${rate}${after}`;
}

/** A sign other than `-` is gone, as is the one of a zero. */
function numberText(payload: string): string | undefined {
  if (PLAIN.test(payload)) return payload;
  if (!NUMBER.test(payload)) return undefined;
  const value = Number(payload);
  return Number.isFinite(value) ? decimalText(value) : undefined;
}

/** `|@` and the rate; nothing for 1. */
function rateText(rate: unknown): string | undefined {
  if (rate === undefined || rate === 1) return '';
  if (typeof rate !== 'number' || !(rate > 0) || rate > 1) return undefined;
  const text = decimalText(rate);
  return text === '0' ? undefined : `|@${text}`; // statsd would divide by it
}
