import { messageFilterSql, type Bind, type MessageFilter } from './message-filter.ts';
import { fromPlaceSql, isSamePlace, NEWEST_FIRST, PLACE_SQL, type MessagePlace } from './message-place.ts';
import { narrowSearch, type NarrowedSearch } from './narrow-search.ts';
import { QueryError } from '../query-error.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from '../window.ts';

/** A message as a list has it. Times are ISO 8601 in UTC. */
export interface ListedMessage {
  readonly received: string;
  readonly timestamp: string | null;
  readonly type: string;
  readonly logger: string;
  readonly severity: number;
  readonly hostname: string | null;
  readonly pid: number | null;
  /** Null for messages of old clients, as is `seq`. */
  readonly sender: string | null;
  readonly seq: number | null;
  readonly name: string | null;
  readonly value: number | null;
  /** Its beginning, if it is long. */
  readonly payload: string;
  /** Characters of the whole. */
  readonly payloadLength: number;
  /** JSON as text; no JSON if it was too long and only its beginning stands here. */
  readonly metadata: string;
  /** Characters of the whole. */
  readonly metadataLength: number;
  readonly place: MessagePlace;
}

export interface MessageList {
  /** The newest first. */
  readonly messages: readonly ListedMessage[];
  /** The last of these if there are older ones that fit. */
  readonly last: MessagePlace | null;
}

interface Question {
  readonly filter: MessageFilter;
  readonly limit: number;
  /** Only what is older than the message at this place. */
  readonly before: MessagePlace | null;
}

/** Characters of payload and metadata in a list. More than a line shows, and two hundred lines stay below a MiB. */
const MAX_TEXT_LENGTH = 1_000;
/** What is wanted is mostly new: the first looks go back so far from the end. */
const LATEST_MS = 60 * 60_000;
const FIRST_SLICES_MS = [5 * 60_000, LATEST_MS];
/** So many parts of files are read in one look, once the latest hour did not have enough: some 10 ms of processor time each. */
const MAX_PARTS_AT_ONCE = 64;
/** Then they go by whole days, each as many times as many as the one before: a day that is over is one file, which two looks would read twice. */
const DAY_MS = 86_400_000;
const SLICE_FACTOR = 3;

type Row = Omit<ListedMessage, 'place'> & {
  readonly placeUs: number;
  readonly placeSender: string;
  readonly placeSeq: number;
  readonly placeDigest: string;
};

/** The view of all. */
const EVERYTHING = 'archived';

const COLUMNS = `received, timestamp, type, logger, severity, hostname, pid, sender, seq, name, value,
  left(payload, ${MAX_TEXT_LENGTH}) AS payload, length(payload) AS "payloadLength",
  left(metadata, ${MAX_TEXT_LENGTH}) AS metadata, length(metadata) AS "metadataLength",
  ${PLACE_SQL.receivedUs} AS "placeUs", ${PLACE_SQL.sender} AS "placeSender", ${PLACE_SQL.seq} AS "placeSeq", ${PLACE_SQL.digest} AS "placeDigest"`;

/**
 * Messages of a window that fit, the newest first, at most `limit`. Looks back in steps, and no further than it has to: what is frequent is found in
 * the newest files. A value of the metadata is looked for only where the words of the files say that it can be. Rejects with QueryError.
 */
export async function listMessages(
  store: Pick<Store, 'select' | 'wordedFiles'>,
  window: TimeWindow,
  question: Question,
): Promise<MessageList> {
  const { filter, limit, before } = question;
  const messages: ListedMessage[] = [];
  const toMs = before === null ? window.toMs : Math.min(window.toMs, Math.ceil(before.receivedUs / 1_000));
  const left = { ...window, toMs };
  const narrowed = toMs - window.fromMs > LATEST_MS ? await narrowSearch(store, filter.metadata) : null;
  const isFew = narrowed !== null && narrowed.partCount <= MAX_PARTS_AT_ONCE;
  for (const slice of slicesOf(left, isFew ? [toMs - LATEST_MS, -Infinity] : edgesBefore(toMs))) {
    const wanted = { ...question, limit: limit + 1 - messages.length };
    messages.push(...(await readNarrowed(store, slice, wanted, narrowed)));
    if (messages.length > limit) break;
  }
  const shown = numbered(messages.slice(0, limit), before);
  return { messages: shown, last: messages.length > limit ? (shown.at(-1)?.place ?? null) : null };
}

async function readNarrowed(
  store: Pick<Store, 'select'>,
  slice: TimeWindow,
  question: Question,
  narrowed: NarrowedSearch | null,
): Promise<readonly ListedMessage[]> {
  try {
    return await readSlice(store, slice, question, narrowed?.from ?? EVERYTHING);
  } catch (error) {
    // A file that it names was merged or deleted meanwhile; the view follows.
    if (narrowed === null || !(error instanceof QueryError) || error.code !== 'failed') throw error;
    return readSlice(store, slice, question, EVERYTHING);
  }
}

/** Together the window, without a gap; the newest first. */
function* slicesOf(window: TimeWindow, edgesMs: Iterable<number>): Generator<TimeWindow> {
  let { toMs } = window;
  for (const edgeMs of edgesMs) {
    const fromMs = Math.max(window.fromMs, edgeMs);
    if (fromMs < toMs) yield { ...window, fromMs, toMs };
    toMs = Math.min(toMs, fromMs);
    if (toMs <= window.fromMs) return;
  }
}

function* edgesBefore(endMs: number): Generator<number> {
  for (const lengthMs of FIRST_SLICES_MS) yield endMs - lengthMs;
  const midnightMs = Math.floor(endMs / DAY_MS) * DAY_MS;
  yield midnightMs;
  for (let days = 1; ; days *= SLICE_FACTOR) yield midnightMs - days * DAY_MS;
}

async function readSlice(
  store: Pick<Store, 'select'>,
  slice: TimeWindow,
  { filter, limit, before }: Question,
  from: string,
): Promise<readonly ListedMessage[]> {
  const parameters: (string | number | null)[] = windowParameters(slice);
  const bind: Bind = (value) => `$${parameters.push(value)}`;
  const tests = [IN_WINDOW, messageFilterSql(filter, bind), ...(before === null ? [] : [fromPlaceSql(before, bind)])];
  // Those at the place itself are the first of the one slice that holds it, and were shown; none of them is in an older one.
  const isFirst =
    before !== null && before.receivedUs > slice.fromMs * 1_000 && before.receivedUs <= slice.toMs * 1_000;
  const rows = await selectRows<Row>(
    store,
    `SELECT ${COLUMNS} FROM ${from} WHERE ${tests.join(' AND ')}
     ORDER BY ${NEWEST_FIRST} LIMIT ${limit} OFFSET ${isFirst ? before.count : 0}`,
    parameters,
  );
  return rows.map(({ placeUs, placeSender, placeSeq, placeDigest, ...message }) => ({
    ...message,
    place: { receivedUs: placeUs, sender: placeSender, seq: placeSeq, digest: placeDigest, count: 1 },
  }));
}

/** Counts messages that have the same place, those before this page too. */
function numbered(messages: readonly ListedMessage[], before: MessagePlace | null): readonly ListedMessage[] {
  let previous = before;
  return messages.map((message) => {
    const count = previous !== null && isSamePlace(previous, message.place) ? previous.count + 1 : 1;
    previous = { ...message.place, count };
    return { ...message, place: previous };
  });
}
