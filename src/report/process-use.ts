/** What the process itself uses. */
export interface ProcessUse {
  readonly residentBytes: number;
  /** In use, of the heap of the main thread. */
  readonly heapBytes: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  /** When it started, in seconds since the epoch. */
  readonly startSeconds: number;
}

export function readProcessUse(): ProcessUse {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    residentBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (user + system) / 1_000_000,
    startSeconds: performance.timeOrigin / 1_000,
  };
}
