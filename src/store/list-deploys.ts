import { selectRows } from './select-rows.ts';
import type { Store } from './query.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** Lines that a graph can still show. */
const MAX_DEPLOYS = 100;
const MAX_TEXT_LENGTH = 200;

/** A message of type `deploy`. */
export interface Deploy {
  /** When it was received, in ISO 8601. */
  readonly at: string;
  readonly logger: string;
  /** What it says was deployed: `release` or `version` of its metadata, else its payload. */
  readonly release: string;
}

/** The latest messages of type `deploy` in a window, the oldest of them first, at most a hundred. Rejects with QueryError. */
export async function listDeploys(store: Pick<Store, 'select'>, window: TimeWindow): Promise<readonly Deploy[]> {
  const rows = await selectRows<Deploy>(
    store,
    `SELECT received AS "at", logger,
       left(coalesce(nullif(metadata->>'$.release', ''), nullif(metadata->>'$.version', ''), payload, ''), ${MAX_TEXT_LENGTH}) AS release
     FROM archived WHERE ${IN_WINDOW} AND type = 'deploy' ORDER BY received DESC, sender, seq DESC LIMIT ${MAX_DEPLOYS}`,
    windowParameters(window),
  );
  return [...rows].reverse();
}
