import { GROUP_SQL } from './exception-sql.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';

/** A group of exceptions that the archive did not have before. */
export interface NewException {
  /** The name of the group: its fingerprint, if that can be used. */
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
       SELECT ${GROUP_SQL} AS "group", max_by(error_type, received) AS "errorType",
         max_by(metadata, received)->>'$.exception.value' AS "errorValue", -- of the newest alone: JSON is dear to read
         max_by(logger, received) AS logger, count(*) AS count, min(received) AS "firstReceived"
       FROM exceptions
       WHERE received > $1::TIMESTAMP AND ($2::VARCHAR IS NULL OR logger = $2::VARCHAR)
       GROUP BY 1
     )
     SELECT "group" AS fingerprint, * EXCLUDE ("group") FROM recent
     WHERE "group" NOT IN (SELECT ${GROUP_SQL} FROM hours WHERE type = 'exception' AND first_received <= $1::TIMESTAMP)
     ORDER BY count DESC, "group" LIMIT ${MAX_GROUPS}`,
    [new Date(sinceMs).toISOString(), logger ?? null],
    { timeoutMs: TIMEOUT_MS },
  );
