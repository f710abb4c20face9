/** A way to a statsd. */
export interface StatsdLink {
  /**
   * Sends the texts, in order. Resolves to how many have left; fewer than all when `signal` was aborted meanwhile. Rejects where some may not
   * have arrived, and it is not known which.
   */
  send(datagrams: readonly string[], signal: AbortSignal): Promise<number>;
  /** Idempotent. */
  close(): void;
}

/** Where a statsd is. */
export interface StatsdTarget {
  readonly host: string;
  readonly port: number;
}
