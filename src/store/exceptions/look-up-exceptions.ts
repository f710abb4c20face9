import { CULPRIT_SQL, GROUP_SQL, SENDER_SQL, SEQ_SQL, type MessageId } from './exception-sql.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';

/** What a list says of one exception beside what the archive's columns say. */
export interface ExceptionFacts extends MessageId {
  readonly group: string;
  readonly logger: string;
  /** The start of the error's text, or of the traceback; empty if it has neither. */
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

/** What the exceptions received at exactly these times, as SQL writes them, say in their metadata. Rejects with QueryError. */
export async function lookUpExceptions(
  store: Pick<Store, 'select'>,
  times: readonly string[],
): Promise<readonly ExceptionFacts[]> {
  const asked = [...new Set(times)];
  if (asked.length === 0) return [];
  // Each time is a literal to DuckDB, by which it skips what it need not read; a join would have it read the metadata of all.
  const wanted = asked.map((_, index) => `$${index + 1}::TIMESTAMP`).join(', ');
  const rows = await selectRows<FactsRow>(
    store,
    `SELECT received, ${SENDER_SQL} AS sender, ${SEQ_SQL} AS seq, ${GROUP_SQL} AS "group", ${shortSql('logger')} AS logger, ${shortSql('hostname')} AS hostname,
       coalesce(${shortSql(`metadata->>'$.exception.value'`)}, ${shortSql('payload')}, '') AS value,
       try_cast(metadata->>'$.exception.handled' AS BOOLEAN) AS handled,
       ${shortSql(`metadata->>'$.release'`)} AS release, ${shortSql(`metadata->>'$.request_id'`)} AS request_id,
       ${shortSql(`culprit->>'$.function'`)} AS culprit_function, ${shortSql(`culprit->>'$.filename'`)} AS culprit_filename
     FROM (SELECT *, ${CULPRIT_SQL} AS culprit FROM archived WHERE type = 'exception' AND received IN (${wanted}))`,
    asked,
  );
  return rows.map(({ request_id: requestId, culprit_function: called, culprit_filename: filename, ...row }) => ({
    ...row,
    requestId,
    culprit: called === null && filename === null ? null : { function: called, filename },
  }));
}

/** The newest of a group among those received at a time: several may come in one datagram. */
export const newestIn = (
  facts: readonly ExceptionFacts[],
  group: string,
  received: string,
): ExceptionFacts | undefined =>
  facts
    .filter((one) => one.group === group && one.received === received)
    .reduce<ExceptionFacts | undefined>(
      (newest, one) => (newest === undefined || isAfter(one, newest) ? one : newest),
      undefined,
    );

const isAfter = (a: MessageId, b: MessageId): boolean => (a.sender === b.sender ? a.seq > b.seq : a.sender > b.sender);

const shortSql = (text: string): string => `left(${text}, ${MAX_TEXT_LENGTH})`;

interface FactsRow extends Omit<ExceptionFacts, 'culprit' | 'requestId'> {
  readonly request_id: string | null;
  readonly culprit_function: string | null;
  readonly culprit_filename: string | null;
}
