import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';

/** Looked for in the last minutes first, which are in few files; then in a day. */
const SPANS_MS = [5 * 60_000, 24 * 3_600_000];

/** When the newest archived message of the last day was received, in ISO 8601; null if there is none. Rejects with QueryError. */
export async function newestReceived(
  store: Pick<Store, 'select'>,
  nowMs: number,
  logger: string | undefined,
): Promise<string | null> {
  for (const spanMs of SPANS_MS) {
    const [row] = await selectRows<{ readonly newest: string | null }>(
      store,
      `SELECT max(received) AS newest FROM messages
       WHERE received > $1::TIMESTAMP AND ($2::VARCHAR IS NULL OR logger = $2::VARCHAR)`,
      [new Date(nowMs - spanMs).toISOString(), logger ?? null],
    );
    if (row !== undefined && row.newest !== null) return row.newest;
  }
  return null;
}
