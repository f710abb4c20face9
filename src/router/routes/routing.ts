import type { ReceivedMessage } from '../received-message.ts';

/** Compiled routes. */
export interface Routing {
  /** Names of the sinks, in the order of the configuration; `targets` speaks of them by index. */
  readonly sinks: readonly string[];
  /** Indices of the sinks that the message goes to, ascending, each once; the same array for the same outcome. Empty: it matches nothing. */
  targets(message: ReceivedMessage): readonly number[];
}
