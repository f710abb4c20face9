import { SENDER_SQL, SEQ_SQL, type MessageId } from '../exceptions/exception-sql.ts';
import type { Store } from '../query.ts';
import type { RelatingKey } from './relating-keys.ts';
import { selectRows } from '../select-rows.ts';

export interface RelatedMessage extends MessageId {
  readonly timestamp: string;
  readonly type: string;
  readonly logger: string;
  readonly severity: number | null;
  /** A metric's name; null for what has none. */
  readonly name: string | null;
  /** The start of the payload. */
  readonly text: string;
}

/** A request takes seconds; what belongs to it and comes later is found in the messages. */
export const RELATED_SPAN_MS: number = 5 * 60_000;
const MAX_RELATED = 100;
const MAX_TEXT_LENGTH = 300;

/** The messages around a time whose metadata has `value` under `key`: the hundred nearest to it, in the order that they were sent in. Rejects with QueryError. */
export async function relatedMessages(
  store: Pick<Store, 'select'>,
  key: RelatingKey,
  value: string,
  atMs: number,
): Promise<{ readonly messages: readonly RelatedMessage[]; readonly isCut: boolean }> {
  const [from, to, at] = [atMs - RELATED_SPAN_MS, atMs + RELATED_SPAN_MS, atMs].map((ms) => new Date(ms).toISOString());
  const rows = await selectRows<RelatedMessage>(
    store,
    // Few messages hold the value anywhere, so that the others need not be parsed. As text it may have escapes, so that its longest plain part is looked for.
    `SELECT timestamp, received, ${SENDER_SQL} AS sender, ${SEQ_SQL} AS seq, type, logger, severity, left(name, ${MAX_TEXT_LENGTH}) AS name,
       left(payload, ${MAX_TEXT_LENGTH}) AS text
     FROM archived WHERE received > $1::TIMESTAMP AND received <= $2::TIMESTAMP AND contains(metadata, $4::VARCHAR)
       AND (metadata->>'$.${key}') = $5::VARCHAR
     ORDER BY abs(epoch_us(received) - epoch_us($3::TIMESTAMP)), sender, seq LIMIT ${MAX_RELATED + 1}`,
    [from ?? '', to ?? '', at ?? '', longestPlainPart(value), value],
  );
  const messages = rows.slice(0, MAX_RELATED).sort((a, b) => compare(a.timestamp, b.timestamp) || a.seq - b.seq);
  return { messages, isCut: rows.length > MAX_RELATED };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What stands in JSON as it is. */
function longestPlainPart(text: string): string {
  const parts = text.match(/[\w.:+=-]+/g) ?? [''];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
