import { isRecord } from '../../core/json.ts';
import { textOf } from '../../core/text-of.ts';
import type { RefusedMessage } from '../sink.ts';

/** What a write came to, checked. A message from index `from` on that is not refused comes again; all others are delivered or refused. */
export interface WriteOutcome {
  /** Each index once. */
  readonly refused: readonly RefusedMessage[];
  /** As many as there are messages if none comes again. */
  readonly from: number;
  /** Why some come again; undefined if none does. */
  readonly trouble: string | undefined;
  /** The back end asked to wait so long, in milliseconds; undefined if it failed. */
  readonly patienceMs: number | undefined;
}

/** Nothing is known to be delivered. */
export const failedOutcome = (trouble: string): WriteOutcome => ({
  refused: [],
  from: 0,
  trouble,
  patienceMs: undefined,
});

/** Reads what a sink answered for `count` messages. An answer that makes no sense counts as a failure. */
export function readAnswer(answer: unknown, count: number): WriteOutcome {
  if (!isRecord(answer)) return failedOutcome(`the sink answered ${textOf(answer)}, wanted an object such as {}`);
  const refused = readRefused(answer['refused'], count);
  if (typeof refused === 'string') return failedOutcome(refused);
  const { retry } = answer;
  if (retry === undefined) return { refused, from: count, trouble: undefined, patienceMs: undefined };
  if (!isRecord(retry)) return failedOutcome(`the sink answered with retry: ${textOf(retry)}, wanted an object`);
  const { from = 0, afterMs, reason } = retry;
  if (!isIndex(from, count + 1))
    return failedOutcome(`the sink asked to retry from ${textOf(from)} of ${count} messages`);
  if (afterMs !== undefined && (typeof afterMs !== 'number' || Number.isNaN(afterMs)))
    return failedOutcome(`the sink asked to retry after ${textOf(afterMs)}, wanted milliseconds`);
  const comesAgain = from + refused.filter(({ index }) => index >= from).length < count;
  if (!comesAgain) return { refused, from: count, trouble: undefined, patienceMs: undefined };
  const asked = afterMs === undefined ? 'the sink asked to try again' : 'the sink asked to wait';
  return { refused, from, trouble: reason === undefined ? asked : textOf(reason), patienceMs: afterMs };
}

function readRefused(given: unknown, count: number): readonly RefusedMessage[] | string {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return `the sink answered with refused: ${textOf(given)}, wanted an array`;
  const refused = new Map<number, RefusedMessage>();
  for (const entry of given as unknown[]) {
    const { index, reason } = isRecord(entry) ? entry : {};
    if (!isIndex(index, count)) return `the sink refused message ${textOf(index)} of ${count}`;
    if (!refused.has(index)) refused.set(index, { index, reason: reason === undefined ? 'refused' : textOf(reason) });
  }
  return [...refused.values()];
}

const isIndex = (value: unknown, end: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < end;
