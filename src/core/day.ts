export const DAY_MS = 86_400_000;

/** UTC day of a time, `YYYY-MM-DD`. */
export const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);
