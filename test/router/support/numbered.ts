import type { Received, SentryServer } from '../sinks/support/sentry-server.ts';

// Messages that carry a number as `metadata.n`, wherever they end.

/** The number of an event: a tag, as which Sentry has short values. */
export const numberOf = ({ event }: Received): number => Number(event.tags?.['n']);

/** The numbers of all events that a server was sent, each once. */
export const numbersOf = ({ requests }: SentryServer): readonly number[] => sorted(new Set(requests.map(numberOf)));

export const sorted = (numbers: Iterable<number>): readonly number[] => [...numbers].sort((a, b) => a - b);
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
