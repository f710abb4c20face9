const RATE_SQL = 'CASE WHEN rate > 0 THEN rate ELSE 1 END';

/** SQL for the number of calls that a message stands for: one that is sampled at 0.1 stands for ten. */
export const WEIGHT_SQL = `(1 / ${RATE_SQL})`;

/** SQL for what the values would come to, had all been sent. Divided once, so that tens are tens wherever they are counted. */
export const ESTIMATED_SQL = `(value / ${RATE_SQL})`;
