/** Messages received in `fromMs` < t ≤ `toMs`, of one logger or of all. */
export interface TimeWindow {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** Undefined for all. */
  readonly logger: string | undefined;
}

/** SQL that is true for a window's messages; takes `windowParameters` as `$1`, `$2` and `$3`. */
export const IN_WINDOW =
  'received > $1::TIMESTAMP AND received <= $2::TIMESTAMP AND ($3::VARCHAR IS NULL OR logger = $3::VARCHAR)';

export const windowParameters = ({ fromMs, toMs, logger }: TimeWindow): [string, string, string | null] => [
  new Date(fromMs).toISOString(),
  new Date(toMs).toISOString(),
  logger ?? null,
];
