/** Types of messages that carry a number under a name. */
export const METRIC_KINDS = ['counter', 'timer', 'gauge'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

export interface MetricName {
  readonly kind: MetricKind;
  readonly name: string;
}

/** A name stands in addresses. Longer ones can be had by SQL alone. */
export const MAX_NAME_LENGTH = 1_000;

/** Reads `timer:auth`; undefined for what is none. */
export function readKindName(text: string): MetricName | undefined {
  const kind = METRIC_KINDS.find((one) => text.startsWith(`${one}:`));
  return kind === undefined ? undefined : { kind, name: text.slice(kind.length + 1) };
}

/** `timer:auth` */
export const kindNameOf = ({ kind, name }: MetricName): string => `${kind}:${name}`;
