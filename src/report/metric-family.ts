import type { MetricFamily, MetricSample } from './prometheus-text.ts';

/** One value, or a sample for each of several labels. */
type Value = number | readonly MetricSample[];

const samplesOf = (value: Value): readonly MetricSample[] => (typeof value === 'number' ? [{ value }] : value);

/** What only grows. */
export const counter = (name: `${string}_total`, help: string, value: Value): MetricFamily => ({
  name,
  help,
  type: 'counter',
  samples: samplesOf(value),
});

/** What may go down again. */
export const gauge = (name: string, help: string, value: Value): MetricFamily => ({
  name,
  help,
  type: 'gauge',
  samples: samplesOf(value),
});

/** A sample for each name, which is the label's value. */
export const byLabel = (label: string, values: Readonly<Record<string, number>>): MetricSample[] =>
  Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));

/** A series that begins at 0 shows its first event as a rise; one that begins at 1 does not. */
export const zeros = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, 0]));
