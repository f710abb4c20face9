/** What is known of a sender besides its numbers: its status in the low bits, and flags. */
export const STATUS = 3;
export const OPEN = 0;
export const CLOSED = 1;
export const SILENT = 2;
export type Status = typeof OPEN | typeof CLOSED | typeof SILENT;

/** Nobody knows yet whether what lies before the first number that came is missing: it may have come before the sender was forgotten. */
export const HEAD_UNKNOWN = 4;
/** It has reported drops. */
export const HAD_DROPS = 8;

export function statusOf(state: number): Status {
  const status = state & STATUS;
  return status === CLOSED ? CLOSED : status === SILENT ? SILENT : OPEN;
}

export const withStatus = (state: number, status: Status): number => (state & ~STATUS) | status;
