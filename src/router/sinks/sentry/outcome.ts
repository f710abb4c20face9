import { isRecord, parseJson } from '../../../core/json.ts';
import type { SinkResult } from '../../sink.ts';
import type { Answer } from './connection.ts';

/** What became of one event. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** The server never takes it. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It is not there yet and may be another time. */
  | { readonly kind: 'kept'; readonly reason: string };

export const DELIVERED: Outcome = { kind: 'delivered' };

/** Whether the server has decided: the event need not come again. */
export const isSettled = (outcome: Outcome): boolean => outcome.kind !== 'kept';

/** Longest that is quoted of an answer, in UTF-16 units. */
const MAX_QUOTE_LENGTH = 200;

/** What an answer means for the event. A redirect is not followed: it says that the DSN is wrong, which is no event's fault. */
export function outcomeOf(answer: Answer): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return DELIVERED;
  const isForGood = status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
  return { kind: isForGood ? 'refused' : 'kept', reason: reasonOf(answer) };
}

/** The status and the server's own words, on one line without control characters. */
function reasonOf({ status, headers, text }: Answer): string {
  const words = [headers['x-sentry-error'], detailOf(text), text].find((said) => said !== undefined && said !== '');
  const [line = ''] = String(words ?? '')
    .trim()
    .split(/[\r\n]/, 1);
  const quote = line.replace(/\p{Cc}/gu, ' ').slice(0, MAX_QUOTE_LENGTH);
  return quote === '' ? `answered ${status}` : `answered ${status}: ${quote}`;
}

/** Sentry answers `{"detail":"…","causes":["…"]}`. */
function detailOf(text: string): string | undefined {
  const parsed = parseJson(text);
  if (!isRecord(parsed) || typeof parsed['detail'] !== 'string') return undefined;
  const causes = Array.isArray(parsed['causes']) ? parsed['causes'].filter((cause) => typeof cause === 'string') : [];
  return [parsed['detail'], ...causes].join(': ');
}

/**
 * The sink's answer for a batch. Messages without an outcome were not begun: the server asked to wait, for `waitMs` from now, or time was up,
 * and then they may come at once.
 */
export function resultOf(
  messageCount: number,
  outcomes: ReadonlyMap<number, Outcome>,
  { waitMs }: { readonly waitMs: number },
): SinkResult {
  const refused: { index: number; reason: string }[] = [];
  let from: number | undefined;
  let failure: string | undefined;
  for (let index = 0; index < messageCount; index += 1) {
    const outcome = outcomes.get(index);
    if (outcome?.kind === 'refused') refused.push({ index, reason: outcome.reason });
    if (outcome === undefined || !isSettled(outcome)) from ??= index;
    if (outcome?.kind === 'kept') failure ??= outcome.reason;
  }
  if (from === undefined) return refused.length > 0 ? { refused } : {};
  if (waitMs > 0) return { refused, retry: { from, afterMs: waitMs, reason: failure ?? 'rate limit' } };
  if (failure !== undefined) return { refused, retry: { from, reason: failure } };
  return { refused, retry: { from, afterMs: 0, reason: 'time was up' } };
}
