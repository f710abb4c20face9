import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';

/** A group of exceptions that the archive did not have before. */
export interface NewException {
  readonly fingerprint: string;
  readonly errorType: string | null;
  readonly errorValue: string | null;
  /** The logger that said it most recently. */
  readonly logger: string;
  readonly count: number;
  /** ISO 8601. */
  readonly firstReceived: string;
}

/** Of more new groups in one hour, nobody reads the rest. */
const MAX_GROUPS = 100;
const TIMEOUT_MS = 5_000;

/**
 * The groups of exceptions that came after `sinceMs`, of one logger or of all, and of which there is none before it in all that is kept, whoever sent it;
 * the most frequent first. Rejects with QueryError.
 */
export const newExceptions = (
  store: Pick<Store, 'select'>,
  sinceMs: number,
  logger: string | undefined,
): Promise<readonly NewException[]> =>
  selectRows<NewException>(
    store,
    `WITH recent AS MATERIALIZED (
       SELECT fingerprint, max_by(error_type, received) AS "errorType",
         max_by(metadata, received)->>'$.exception.value' AS "errorValue", -- of the newest alone: JSON is dear to read
         max_by(logger, received) AS logger, count(*) AS count, min(received) AS "firstReceived"
       FROM exceptions
       WHERE received > $1::TIMESTAMP AND fingerprint IS NOT NULL AND ($2::VARCHAR IS NULL OR logger = $2::VARCHAR)
       GROUP BY fingerprint
     )
     FROM recent
     WHERE fingerprint NOT IN (
       SELECT fingerprint FROM hours
       WHERE type = 'exception' AND first_received <= $1::TIMESTAMP AND fingerprint IS NOT NULL
     )
     ORDER BY count DESC, fingerprint LIMIT ${MAX_GROUPS}`,
    [new Date(sinceMs).toISOString(), logger ?? null],
    { timeoutMs: TIMEOUT_MS },
  );
