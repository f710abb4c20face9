import * as z from 'zod/mini';
import { deliveryFields, text, whole, type DeliverySpec } from './spec-fields.ts';

/** Counters, timers and gauges to a statsd, or to anything that takes its lines. Messages of other types are refused. */
export interface StatsdSpec extends DeliverySpec {
  readonly kind: 'statsd';
  /** An address or a name; a name is looked up again every minute. @default 127.0.0.1 */
  readonly host?: string;
  /** @default 8125 */
  readonly port?: number;
  /** `tcp` is for a statsd whose TCP server is switched on. @default udp */
  readonly protocol?: 'udp' | 'tcp';
  /**
   * What a metric is called: text with `{name}` (it must be there), `{logger}`, `{type}`, `{hostname}` or `{metadata.<key>}` in it. Each is
   * sanitised as statsd does it; dots stay, so that a logger `shop.cart` makes two levels. What is absent becomes `_`.
   * @default {logger}.{name}
   */
  readonly name?: string;
  /** Keys of the metadata that go with the metric as tags; a message without a key goes without that tag. @default none */
  readonly tags?: readonly string[];
  /** How tags are written: `dogstatsd` after the value (`|#key:value`), `graphite` after the name (`;key=value`). @default dogstatsd */
  readonly tagForm?: 'dogstatsd' | 'graphite';
  /** Most distinct names, tags included, since the start; messages with further ones are left out and counted `cardinality`. @default 10000 */
  readonly maxNames?: number;
  /** Most that a datagram carries, in bytes. @default 1432; 4000 to a loopback address */
  readonly maxDatagramBytes?: number;
}

export const STATSD_DEFAULTS = {
  host: '127.0.0.1',
  port: 8125,
  protocol: 'udp',
  name: '{logger}.{name}',
  tagForm: 'dogstatsd',
  maxNames: 10_000,
  /** One Ethernet frame's payload, with room for tunnels: what statsd's clients use. */
  maxDatagramBytes: 1_432,
} as const;

/**
 * No frame bounds a datagram on loopback, and each costs as much as twenty lines. Receivers cut off longer ones without a word: collectd at 4096
 * bytes, Datadog's agent at 8192.
 */
export const LOOPBACK_DATAGRAM_BYTES = 4_000;

const PLACEHOLDER = /\{(?:name|logger|type|hostname|metadata\.[^{}]+)\}/g;
const WANTED_TEMPLATE =
  'letters, digits, `.`, `-` and `_` around {name}, with {logger}, {type}, {hostname} or {metadata.<key>} beside it';

/** Text without what statsd gives a meaning, and placeholders. */
const isTemplate = (text: string): boolean =>
  text.includes('{name}') && /^[\w.-]*$/.test(text.replace(PLACEHOLDER, ''));

export const statsdSpecSchema: z.ZodMiniType<StatsdSpec> = z.strictObject({
  kind: z.literal('statsd', '"statsd"'),
  host: z.exactOptional(text('a host')),
  port: z.exactOptional(whole(1, 65_535)),
  protocol: z.exactOptional(z.enum(['udp', 'tcp'], '"udp" or "tcp"')),
  name: z.exactOptional(z.string(WANTED_TEMPLATE).check(z.refine(isTemplate, WANTED_TEMPLATE))),
  tags: z.exactOptional(z.array(text('a key of the metadata'), 'a list of keys of the metadata')),
  tagForm: z.exactOptional(z.enum(['dogstatsd', 'graphite'], '"dogstatsd" or "graphite"')),
  maxNames: z.exactOptional(whole(1, 10_000_000)),
  // UDP over IPv4 carries 65,507; past 64 KiB Node's own statsd would cut off.
  maxDatagramBytes: z.exactOptional(whole(64, 65_507)),
  ...deliveryFields(),
});
