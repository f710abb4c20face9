/** Metrics that are measured at once: more lines than a reader can tell apart. */
export const MAX_SERIES = 12;

/** What a window may be compared with, and how long before it that lies, in milliseconds. */
export const COMPARISONS = { day: 86_400_000, week: 604_800_000 } as const;
