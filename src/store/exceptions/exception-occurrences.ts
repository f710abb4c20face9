import type { JsonValue } from '../../core/json.ts';
import { inGroupSql, SENDER_SQL, SEQ_SQL, type MessageId } from './exception-sql.ts';
import { lookUpExceptions, type ExceptionFacts } from './look-up-exceptions.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from '../window.ts';

/** One exception, as a list shows it. */
export type Occurrence = Omit<ExceptionFacts, 'group' | 'culprit' | 'handled'>;

/** One exception with all that was sent. */
export interface WholeException extends MessageId {
  readonly timestamp: string;
  readonly logger: string;
  readonly severity: number | null;
  readonly hostname: string | null;
  readonly pid: number | null;
  readonly errorType: string | null;
  /** The traceback as text, cut at `MAX_PAYLOAD_LENGTH`. */
  readonly payload: string;
  readonly isPayloadCut: boolean;
  readonly metadata: JsonValue;
}

/** Null where there is none in the window. */
export interface Neighbours {
  readonly newer: MessageId | null;
  readonly older: MessageId | null;
}

const MAX_OCCURRENCES = 50;
/** Characters of a traceback: what the SDK keeps of one. */
const MAX_PAYLOAD_LENGTH = 65_536;

const ID_COLUMNS = `received, ${SENDER_SQL} AS sender, ${SEQ_SQL} AS seq`;

/** The latest exceptions of a group, at most fifty, the newest first. Rejects with QueryError. */
export async function latestOccurrences(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  group: string,
): Promise<readonly Occurrence[]> {
  const rows = await selectRows<MessageId & { readonly logger: string; readonly received_text: string }>(
    store,
    `SELECT ${ID_COLUMNS}, received::VARCHAR AS received_text, logger FROM archived
     WHERE ${IN_WINDOW} AND type = 'exception' AND ${inGroupSql(group, '$4')}
     ORDER BY received DESC, sender DESC, seq DESC LIMIT ${MAX_OCCURRENCES}`,
    [...windowParameters(window), group],
  );
  const facts = await lookUpExceptions(
    store,
    rows.map(({ received_text: exact }) => exact),
  );
  return rows.map(({ received_text: _, ...row }) => {
    const found = facts.find(
      ({ sender, seq, received }) => sender === row.sender && seq === row.seq && received === row.received,
    );
    const { value = '', release = null, hostname = null, requestId = null } = found ?? {};
    return { ...row, value, release, hostname, requestId };
  });
}

/** The same as `neighbours` where the latest of the group tell; null where they do not. */
export function neighboursIn(latest: readonly Occurrence[], { received, sender, seq }: MessageId): Neighbours | null {
  const at = latest.findIndex((one) => one.sender === sender && one.seq === seq && one.received === received);
  const isLast = at === latest.length - 1;
  if (at === -1 || (isLast && latest.length === MAX_OCCURRENCES)) return null;
  return { newer: idOf(latest[at - 1]), older: idOf(latest[at + 1]) };
}

const idOf = (one: MessageId | undefined): MessageId | null =>
  one === undefined ? null : { received: one.received, sender: one.sender, seq: one.seq };

/** The exceptions of a group next to one, in the order of receipt; null where there is none in the window. Rejects with QueryError. */
export async function neighbours(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  group: string,
  { received, sender, seq }: MessageId,
): Promise<Neighbours> {
  const next = async (sign: '<' | '>', order: 'ASC' | 'DESC'): Promise<MessageId | null> => {
    const rows = await selectRows<MessageId>(
      store,
      `SELECT ${ID_COLUMNS} FROM archived
       WHERE ${IN_WINDOW} AND type = 'exception' AND ${inGroupSql(group, '$4')} AND received ${sign}= $5::TIMESTAMP
         AND (received, ${SENDER_SQL}, ${SEQ_SQL}) ${sign} ($5::TIMESTAMP, $6::VARCHAR, $7::BIGINT)
       ORDER BY received ${order}, sender ${order}, seq ${order} LIMIT 1`,
      [...windowParameters(window), group, received, sender, seq],
    );
    return rows[0] ?? null;
  };
  const [older, newer] = await Promise.all([next('<', 'DESC'), next('>', 'ASC')]);
  return { newer, older };
}

/** When the latest exception of a group was received, in all that is kept; null if there is none. Rejects with QueryError. */
export async function latestOf(store: Pick<Store, 'select'>, group: string): Promise<MessageId | null> {
  const rows = await selectRows<MessageId>(
    store,
    `SELECT ${ID_COLUMNS} FROM archived WHERE type = 'exception' AND ${inGroupSql(group, '$1')}
     ORDER BY received DESC, sender DESC, seq DESC LIMIT 1`,
    [group],
  );
  return rows[0] ?? null;
}

/** One exception whole; null if it is not kept. Without `received` it is looked for in all that is kept. Rejects with QueryError. */
export async function wholeException(
  store: Pick<Store, 'select'>,
  group: string,
  { sender, seq, received }: Omit<MessageId, 'received'> & { readonly received: string | null },
): Promise<WholeException | null> {
  const rows = await selectRows<Omit<WholeException, 'isPayloadCut'> & { readonly error_type: string | null }>(
    store,
    `SELECT ${ID_COLUMNS}, timestamp, logger, severity, hostname, pid, error_type, left(payload, ${MAX_PAYLOAD_LENGTH + 1}) AS payload, metadata::JSON AS metadata
     FROM archived WHERE type = 'exception' AND ${inGroupSql(group, '$1')} AND ($2::TIMESTAMP IS NULL OR received BETWEEN $2::TIMESTAMP AND $2::TIMESTAMP + INTERVAL 999 MICROSECOND)
       AND ${SENDER_SQL} = $3::VARCHAR AND ${SEQ_SQL} = $4::BIGINT LIMIT 1`,
    [group, received, sender, seq],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { error_type: errorType, payload, ...rest } = row;
  const isPayloadCut = payload.length > MAX_PAYLOAD_LENGTH;
  return { ...rest, errorType, payload: payload.slice(0, MAX_PAYLOAD_LENGTH), isPayloadCut };
}
