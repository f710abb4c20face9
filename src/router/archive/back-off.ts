const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/** Between half of it and all of 1 s, 2 s, 4 s …, a minute: those that failed together do not come back together. */
export const backOffMs = (failuresInRow: number, random: () => number): number =>
  Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failuresInRow - 1)) * (0.5 + random() / 2);
