import { CULPRIT_SQL, SENDER_SQL, SEQ_SQL, type MessageId } from './exception-sql.ts';
import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';

/** What a list says of one exception beside what the archive's columns say. */
export interface ExceptionFacts {
  /** The start of the error's text; empty if it has none. */
  readonly value: string;
  /** Where it was thrown: a function and a file, as far as they are known. */
  readonly culprit: { readonly function: string | null; readonly filename: string | null } | null;
  readonly handled: boolean | null;
  readonly release: string | null;
  readonly hostname: string | null;
  readonly requestId: string | null;
}

/** Characters of a text that a list shows. */
const MAX_TEXT_LENGTH = 300;
/** Metadata is large and lies packed in pages, so that each exception costs: a tenth of a millisecond, where few are asked for. */
const MAX_ASKED = 400;

/** Looks up what the metadata of these exceptions says, by `keyOf`. Those that are not there any more are left out. Rejects with QueryError. */
export async function lookUpExceptions(
  store: Pick<Store, 'select'>,
  ids: readonly MessageId[],
): Promise<ReadonlyMap<string, ExceptionFacts>> {
  if (ids.length === 0) return new Map();
  const asked = ids.slice(0, MAX_ASKED);
  const times = [...new Set(asked.map(({ received }) => received))];
  // Times are literals to DuckDB, by which it skips what it need not read; a join would read all.
  const wanted = times.map((_, index) => `$${index + 1}::TIMESTAMP`).join(', ');
  const rows = await selectRows<MessageId & Facts>(
    store,
    `SELECT ${SENDER_SQL} AS sender, ${SEQ_SQL} AS seq, received, left(hostname, ${MAX_TEXT_LENGTH}) AS hostname,
       coalesce(left(metadata->>'$.exception.value', ${MAX_TEXT_LENGTH}), left(payload, ${MAX_TEXT_LENGTH})) AS value,
       try_cast(metadata->>'$.exception.handled' AS BOOLEAN) AS handled,
       left(metadata->>'$.release', ${MAX_TEXT_LENGTH}) AS release,
       left(metadata->>'$.request_id', ${MAX_TEXT_LENGTH}) AS request_id,
       left(culprit->>'$.function', ${MAX_TEXT_LENGTH}) AS culprit_function,
       left(culprit->>'$.filename', ${MAX_TEXT_LENGTH}) AS culprit_filename
     FROM (SELECT *, ${CULPRIT_SQL} AS culprit FROM messages WHERE type = 'exception' AND received IN (${wanted}))`,
    times,
  );
  return new Map(rows.map((row) => [keyOf(row), toFacts(row)]));
}

export const keyOf = ({ sender, seq, received }: MessageId): string => JSON.stringify([sender, seq, received]);

interface Facts {
  readonly hostname: string | null;
  readonly value: string | null;
  readonly handled: boolean | null;
  readonly release: string | null;
  readonly request_id: string | null;
  readonly culprit_function: string | null;
  readonly culprit_filename: string | null;
}

const toFacts = (row: Facts): ExceptionFacts => ({
  value: row.value ?? '',
  culprit:
    row.culprit_function === null && row.culprit_filename === null
      ? null
      : { function: row.culprit_function, filename: row.culprit_filename },
  handled: row.handled,
  release: row.release,
  hostname: row.hostname,
  requestId: row.request_id,
});
