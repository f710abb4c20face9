/** The book of one sink: at every quiet moment routed = delivered + waiting + deadLettered + expired. */
export interface SinkStats {
  /** Messages that its routes named, since the start, and those that waited then. */
  readonly routed: number;
  readonly delivered: number;
  /** Not settled yet: in the journal, in the batch at hand, or to be tried again. */
  readonly waiting: number;
  /** In its dead-letter file. */
  readonly deadLettered: number;
  /** Deleted before it had taken them, as the journal or its dead letters had become too large, or somebody had taken those away. */
  readonly expired: number;
  /** Writes that failed or were put off. */
  readonly failures: number;
  readonly state: SinkState;
  /** Why the last write failed; undefined after one that did not. */
  readonly trouble: string | undefined;
  /** What the sink itself left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Age of the oldest message that waits, in milliseconds; 0 if none does. */
  readonly lagMs: number;
}

/** `resting`: waits after a failure. `open`: too many failures, now and then one attempt. `hung`: a write has not settled although it was aborted. */
export type SinkState = 'ready' | 'writing' | 'resting' | 'open' | 'hung' | 'closed';
