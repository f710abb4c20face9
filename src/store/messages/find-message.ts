import type { JsonValue } from '../../core/json.ts';
import { GROUP_SQL } from '../exceptions/exception-sql.ts';
import type { ListedMessage } from './list-messages.ts';
import { PLACE_SQL } from './message-place.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';

/** What a message is known by: its sender and the number there, or a digest of all that it holds. */
export type MessageIdentity =
  | { readonly kind: 'numbered'; readonly sender: string; readonly seq: number }
  | { readonly kind: 'digest'; readonly digest: string };

/** A message with all that the archive has of it. */
export interface WholeMessage extends Omit<ListedMessage, 'place' | 'metadata' | 'payloadLength' | 'metadataLength'> {
  readonly metadata: JsonValue;
  readonly rate: number | null;
  readonly fingerprint: string | null;
  readonly errorType: string | null;
  /** The name of the group that an exception belongs to; null for what is none. */
  readonly group: string | null;
}

/** The next message of a sender before or after one. */
export interface Neighbour {
  readonly sender: string;
  readonly seq: number;
  readonly received: string;
  readonly type: string;
}

export interface FoundMessage {
  readonly message: WholeMessage;
  /** Null for none within a day, and for a message without a sender. */
  readonly previous: Neighbour | null;
  readonly next: Neighbour | null;
}

const COLUMNS = `received, timestamp, type, logger, severity, hostname, pid, sender, seq, name, value, rate, fingerprint,
  error_type AS "errorType", CASE WHEN type = 'exception' THEN ${GROUP_SQL} END AS "group", payload, metadata::JSON AS metadata`;
const DAY_MS = 86_400_000;
/** An archive keeps years at most; the address may leave the time out. */
const EVER = { from: '1970-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' };

/** One message whole; null if the archive has none of this identity. `atMs` is when it was received: without it, all is searched. Rejects with QueryError. */
export async function findMessage(
  store: Pick<Store, 'select'>,
  identity: MessageIdentity,
  atMs: number | undefined,
): Promise<FoundMessage | null> {
  const [message] = await selectRows<WholeMessage>(
    store,
    `SELECT ${COLUMNS} FROM archived WHERE received >= $1::TIMESTAMP AND received < $2::TIMESTAMP AND ${identitySql(identity)} LIMIT 1`,
    [...around(atMs, 0, 1), ...(identity.kind === 'digest' ? [identity.digest] : [identity.sender, identity.seq])],
  );
  if (message === undefined) return null;
  if (identity.kind === 'digest') return { message, previous: null, next: null };
  const receivedMs = Date.parse(message.received);
  const neighbour = async (side: keyof typeof SIDES): Promise<Neighbour | null> => {
    const { compared, order, beforeMs, afterMs } = SIDES[side];
    const [found] = await selectRows<Neighbour>(
      store,
      `SELECT sender, seq, received, type FROM archived WHERE received >= $1::TIMESTAMP AND received < $2::TIMESTAMP
       AND sender = $3::VARCHAR AND seq ${compared} $4::BIGINT ORDER BY seq ${order} LIMIT 1`,
      [...around(receivedMs, beforeMs, afterMs), identity.sender, identity.seq],
    );
    return found ?? null;
  };
  return { message, previous: await neighbour('previous'), next: await neighbour('next') };
}

/** What is sent again arrives late, so that a neighbour may have been received on the other side of a message. */
const LATE_MS = 60_000;
const SIDES = {
  previous: { compared: '<', order: 'DESC', beforeMs: DAY_MS, afterMs: LATE_MS },
  next: { compared: '>', order: 'ASC', beforeMs: LATE_MS, afterMs: DAY_MS },
} as const;

const identitySql = (identity: MessageIdentity): string =>
  identity.kind === 'digest'
    ? `sender IS NULL AND ${PLACE_SQL.digest} = $3::VARCHAR`
    : 'sender = $3::VARCHAR AND seq = $4::BIGINT';

function around(atMs: number | undefined, beforeMs: number, afterMs: number): [string, string] {
  if (atMs === undefined) return [EVER.from, EVER.to];
  return [new Date(atMs - beforeMs).toISOString(), new Date(atMs + afterMs).toISOString()];
}
