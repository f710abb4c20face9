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
 * messages only the first messages of each sender are looked at, which are all that can begin a release; those of clients that number nothing too, unless they
 * are as many. Rejects with QueryError.
 */
export async function listReleases(store: Pick<Store, 'select'>, window: TimeWindow): Promise<readonly NewRelease[]> {
  const lookBack = { ...window, fromMs: window.fromMs - LOOK_BACK_MS, toMs: window.fromMs };
  const wide = windowParameters({ ...lookBack, toMs: window.toMs });
  const [counted] = await selectRows<{ count: number; unnumbered: number }>(
    store,
    `SELECT count(*) AS count, count(*) FILTER (WHERE seq IS NULL) AS unnumbered FROM archived WHERE ${IN_WINDOW}`,
    wide,
  );
  const { count = 0, unnumbered = 0 } = counted ?? {};
  const isWhole = count <= MAX_WHOLE_COUNT;
  const first = `(seq < ${FIRST_MESSAGES}${unnumbered <= MAX_WHOLE_COUNT ? ' OR seq IS NULL' : ''})`;
  const rows = await selectRows<NewRelease>(
    store,
    `SELECT min(received) AS "at", logger, release
     FROM (SELECT received, logger, ${RELEASE_SQL} AS release FROM archived WHERE ${IN_WINDOW} AND ${HAS_RELEASE} ${isWhole ? '' : `AND ${first}`})
     WHERE release <> '' GROUP BY logger, release HAVING min(received) > $4::TIMESTAMP ORDER BY "at" DESC, logger, release LIMIT ${MAX_RELEASES}`,
    [...wide, new Date(window.fromMs).toISOString()],
  );
  const found = [...rows].reverse();
  if (isWhole || found.length === 0) return found;
  const before = await amongIn(store, lookBack, found);
  return found.filter((one) => !before.has(keyOf(one)));
}

const HAS_RELEASE = `contains(metadata, '"release"')`;
const RELEASE_SQL = `left(json_extract_string(metadata, '$.release'), ${MAX_TEXT_LENGTH})`;

/** Which of these a window has too, as `keyOf` names them: a process that began long before is not known by its first messages. */
async function amongIn(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  releases: readonly NewRelease[],
): Promise<ReadonlySet<string>> {
  const parameters: (string | null)[] = windowParameters(window);
  const listOf = (texts: readonly string[]): string =>
    [...new Set(texts)].map((text) => `$${parameters.push(text)}::VARCHAR`).join(', ');
  const rows = await selectRows<Omit<NewRelease, 'at'>>(
    store,
    `SELECT DISTINCT logger, ${RELEASE_SQL} AS release FROM archived
     WHERE ${IN_WINDOW} AND logger IN (${listOf(releases.map(({ logger }) => logger))}) AND ${HAS_RELEASE}
       AND ${RELEASE_SQL} IN (${listOf(releases.map(({ release }) => release))})`,
    parameters,
  );
  return new Set(rows.map(keyOf));
}

const keyOf = ({ logger, release }: Omit<NewRelease, 'at'>): string => JSON.stringify([logger, release]);
