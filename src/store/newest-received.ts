import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';

/** Looked for in the last minutes first, which are in few files. */
const RECENT_MS = 5 * 60_000;

/** When the newest archived message was received, of one logger or of all, in ISO 8601; null if there is none. Rejects with QueryError. */
export async function newestReceived(
  store: Pick<Store, 'select'>,
  nowMs: number,
  logger: string | undefined,
): Promise<string | null> {
  const ofLogger = '($1::VARCHAR IS NULL OR logger = $1::VARCHAR)';
  const select = async (sql: string, parameters: readonly string[]): Promise<string | null> =>
    (await selectRows<{ readonly newest: string | null }>(store, sql, [logger ?? null, ...parameters]))[0]?.newest ??
    null;
  return (
    (await select(`SELECT max(received) AS newest FROM messages WHERE ${ofLogger} AND received > $2::TIMESTAMP`, [
      new Date(nowMs - RECENT_MS).toISOString(),
    ])) ?? select(`SELECT max(last_received) AS newest FROM hours WHERE ${ofLogger}`, [])
  );
}
