import type { Bind } from './message-filter.ts';

/**
 * Where a message stands among all, the newest first: by when it was received, then by sender, and there by number. It stays when files are merged.
 * Messages without a sender, as old clients send them, have a digest of all that they hold instead.
 */
export interface MessagePlace {
  /** Microseconds since the Unix epoch. */
  readonly receivedUs: number;
  /** Empty if there is none. */
  readonly sender: string;
  /** -1 if there is none. */
  readonly seq: number;
  /** Hexadecimal; empty for a message with a sender. */
  readonly digest: string;
  /** Messages with the same place up to this one, itself included: more than one only of equal messages without a sender. */
  readonly count: number;
}

const PLACE = /^(\d{1,16})\.([\w-]{0,64})\.(-1|\d{1,16})\.([0-9a-f]{0,32})\.(\d{1,9})$/;

/** As text that stands in an address as it is. */
export const formatPlace = ({ receivedUs, sender, seq, digest, count }: MessagePlace): string =>
  [receivedUs, sender, seq, digest, count].join('.');

/** The place that `formatPlace` wrote; null for any other text. */
export function parsePlace(text: string): MessagePlace | null {
  const parts = PLACE.exec(text);
  if (parts === null) return null;
  const [, receivedUs = '', sender = '', seq = '', digest = '', count = ''] = parts;
  return { receivedUs: Number(receivedUs), sender, seq: Number(seq), digest, count: Number(count) };
}

/** SQL of the parts of a place. */
export const PLACE_SQL = {
  receivedUs: 'epoch_us(received)',
  sender: "coalesce(sender, '')",
  seq: 'coalesce(seq, -1)',
  digest:
    "CASE WHEN sender IS NULL THEN md5(concat_ws(chr(31), type, timestamp, logger, severity, payload, hostname, pid, metadata)) ELSE '' END",
} as const;

/** After ORDER BY. */
export const NEWEST_FIRST: string = ['received', PLACE_SQL.sender, PLACE_SQL.seq, PLACE_SQL.digest]
  .map((part) => `${part} DESC`)
  .join(', ');

/** SQL that is true for the messages at this place and for older ones. */
export function fromPlaceSql({ receivedUs, sender, seq, digest }: MessagePlace, bind: Bind): string {
  const [at, by, number, hash] = [
    `make_timestamp(${bind(receivedUs)}::BIGINT)`,
    `${bind(sender)}::VARCHAR`,
    `${bind(seq)}::BIGINT`,
    `${bind(digest)}::VARCHAR`,
  ];
  return `(received < ${at} OR (received = ${at} AND (${PLACE_SQL.sender} < ${by} OR (${PLACE_SQL.sender} = ${by} AND
    (${PLACE_SQL.seq} < ${number} OR (${PLACE_SQL.seq} = ${number} AND ${PLACE_SQL.digest} <= ${hash}))))))`;
}

export const isSamePlace = (a: MessagePlace, b: MessagePlace): boolean =>
  a.receivedUs === b.receivedUs && a.sender === b.sender && a.seq === b.seq && a.digest === b.digest;
