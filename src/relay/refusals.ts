import { failure } from './answers.ts';
import { READABLE_HEADERS } from './origins.ts';
import type { RelayRefusal } from './stats.ts';

/** A request that is refused: why, and in a sentence, which repeats nothing of the request. */
export interface Refused {
  readonly reason: RelayRefusal;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Readonly<Record<RelayRefusal, number>> = {
  'wrong-path': 404,
  'wrong-host': 421,
  'bad-method': 405,
  'bad-origin': 403,
  'bad-key': 403,
  'bad-encoding': 415,
  'bad-gzip': 400,
  'bad-signature': 403,
  'rate-limited': 429,
  busy: 503,
  'too-large': 413,
  'too-many-lines': 413,
  'too-slow': 408,
  'cut-off': 400,
  'nothing-valid': 400,
  unavailable: 503,
  closed: 503,
};

/** What a sender is asked to wait before it tries again, in seconds: a slow disk and a crowd are matters of seconds; a page tries once more anyway. */
const RETRY_AFTER_SECONDS: Partial<Record<RelayRefusal, number>> = { busy: 1, unavailable: 1, closed: 2 };

/** The answer, which every page may read: there is nothing in it but the refusal. Its code is the reason. */
export function refusalAnswer({ reason, message, headers = {} }: Refused): Response {
  const seconds = RETRY_AFTER_SECONDS[reason];
  const retry = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  return failure(STATUS[reason], reason, message, { ...READABLE_HEADERS, ...retry, ...headers });
}
