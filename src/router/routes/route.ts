import type { JsonValue } from '../../core/json.ts';

/** One value, any of several, texts with `*` for any run of characters, a range, or the opposite of these. */
export type Condition =
  | JsonValue
  | readonly (string | number | boolean | null)[]
  | { readonly min?: number; readonly max?: number }
  | { readonly not: Condition };

/** Which messages: all conditions hold. Without any, every message. */
export interface Match {
  readonly type?: Condition;
  readonly logger?: Condition;
  readonly severity?: Condition;
  /** Id of the key that signed it. */
  readonly key?: Condition;
  /** `udp` or `http`. */
  readonly via?: Condition;
  /** A value in the metadata; dots lead into objects. A message without it meets no condition but `not`. */
  readonly [metadataKey: `metadata.${string}`]: Condition;
}

/** Which sinks get which messages. Every route that matches applies. */
export type Route =
  | { readonly match: Match; readonly to: readonly string[] }
  /** What no other route took. */
  | { readonly otherwise: true; readonly to: readonly string[] };

/** A message and the sinks that it must reach, run by `metlog check`. */
export interface RouteTest {
  readonly name?: string;
  /** `type` at least. */
  readonly message: Readonly<Record<string, unknown>>;
  /** Names of sinks, in any order; empty for none. */
  readonly to: readonly string[];
}
