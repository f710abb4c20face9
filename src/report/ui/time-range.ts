import { computed, type ReadonlySignal } from '@preact/signals';
import { place, type Place } from './place.ts';

/** The ranges that end now, by the names that stand in the address. */
export const LAST = { '15m': 15, '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080, '30d': 43_200 } as const;
export type LastName = keyof typeof LAST;
const DEFAULT_LAST: LastName = '1h';
const MINUTE_MS = 60_000;

/** What the pages look at: a range that ends now, or one between two times. */
export type TimeRange =
  | { readonly kind: 'last'; readonly name: LastName }
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number };

export const range: ReadonlySignal<TimeRange> = computed(() => readRange(place.value));

export function readRange({ parameters }: Place): TimeRange {
  const fromMs = Date.parse(parameters.get('from') ?? '');
  const toMs = Date.parse(parameters.get('to') ?? '');
  if (fromMs < toMs) return { kind: 'between', fromMs, toMs };
  const last = parameters.get('last');
  return { kind: 'last', name: isLastName(last) ? last : DEFAULT_LAST };
}

/** From when to when, if it is `nowMs` now, in epoch milliseconds. */
export function boundsOf(chosen: TimeRange, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  if (chosen.kind === 'between') return { fromMs: chosen.fromMs, toMs: chosen.toMs };
  return { fromMs: nowMs - LAST[chosen.name] * MINUTE_MS, toMs: nowMs };
}

/** The parameters of an address that mean this range. */
export const rangeParameters = (chosen: TimeRange): Record<'last' | 'from' | 'to', string | null> =>
  chosen.kind === 'last'
    ? { last: chosen.name, from: null, to: null }
    : { last: null, from: new Date(chosen.fromMs).toISOString(), to: new Date(chosen.toMs).toISOString() };

const isLastName = (text: string | null): text is LastName => text !== null && Object.hasOwn(LAST, text);
