const BASE_MS = 100;
const CAP_MS = 30_000;

/**
 * Milliseconds to wait after the n-th failure in a row, from 1: anything up to 100 ms, 200 ms, 400 ms …, 30 s. With full jitter, so that those
 * who failed together do not come back together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const backOffMs = (failuresInRow: number, random: () => number): number =>
  random() * Math.min(CAP_MS, BASE_MS * 2 ** (failuresInRow - 1));
