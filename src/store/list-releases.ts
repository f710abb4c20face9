import { selectRows } from './select-rows.ts';
import type { Store } from './query.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** Lines that a graph can still show. */
const MAX_RELEASES = 100;
const MAX_TEXT_LENGTH = 200;
/** What was sent shortly before a window is not new in it. */
const LOOK_BACK_MS = 86_400_000;
/** To read the metadata of more takes longer than a reader waits: a million takes half a second. */
const MAX_WHOLE_COUNT = 300_000;
/** A sender has one release, so that its first messages tell it; more than one, as a datagram may be lost. */
const FIRST_MESSAGES = 64;

/** A value of `release` that a logger had not had before. */
export interface NewRelease {
  /** When its first message was received, in ISO 8601. */
  readonly at: string;
  readonly logger: string;
  readonly release: string;
}

/**
 * The releases that are new in a window: not seen of the same logger in it before, nor in the day before it; at most a hundred, the oldest first. In a window of many
 * messages only the first messages of each sender are looked at, which are all that can begin a release. Rejects with QueryError.
 */
export async function listReleases(store: Pick<Store, 'select'>, window: TimeWindow): Promise<readonly NewRelease[]> {
  const wide = windowParameters({ ...window, fromMs: window.fromMs - LOOK_BACK_MS });
  const [counted] = await selectRows<{ count: number }>(
    store,
    `SELECT count(*) AS count FROM archived WHERE ${IN_WINDOW}`,
    wide,
  );
  const isWhole = (counted?.count ?? 0) <= MAX_WHOLE_COUNT;
  const rows = await selectRows<NewRelease>(
    store,
    `SELECT min(received) AS "at", logger, left(release, ${MAX_TEXT_LENGTH}) AS release
     FROM (
       SELECT received, logger, json_extract_string(metadata, '$.release') AS release
       FROM archived WHERE ${IN_WINDOW} AND contains(metadata, '"release"') ${isWhole ? '' : `AND seq < ${FIRST_MESSAGES}`}
     )
     WHERE release <> '' GROUP BY logger, release HAVING min(received) > $4::TIMESTAMP ORDER BY "at" DESC, logger, release LIMIT ${MAX_RELEASES}`,
    [...wide, new Date(window.fromMs).toISOString()],
  );
  return [...rows].reverse();
}
