import { MAX_COLUMNS, type ColumnKind, type Columns } from '../../core/column-kind.ts';
import { MAX_TYPES, nameRefusal, viewNameOf, type TypeRefusal } from '../../core/registered-type.ts';

/** A key, and when the schema that says what it holds was first announced, in epoch milliseconds. */
export interface AnnouncedColumn {
  readonly kind: ColumnKind;
  readonly sinceMs: number;
}

/** What senders announced of a type. */
export interface AnnouncedType {
  /** When it was first heard of, in epoch milliseconds. */
  readonly firstMs: number;
  /** The start of the UTC day on which it was last heard of, in epoch milliseconds: no more exact, so that the book need not be written for each repetition. */
  readonly lastDayMs: number;
  readonly columns: ReadonlyMap<string, AnnouncedColumn>;
}

/** Why a type is not registered, and how often it was announced. */
export interface RefusedType {
  readonly reason: TypeRefusal;
  readonly count: number;
}

/** The registered types of an archive. */
export interface TypeBook {
  /** By the configuration, whose word on a key holds. */
  readonly configured: ReadonlyMap<string, Columns>;
  /** By messages, in the order in which they were first heard of. */
  readonly announced: ReadonlyMap<string, AnnouncedType>;
  /** The latest that were refused. */
  readonly refused: ReadonlyMap<string, RefusedType>;
}

export const EMPTY_BOOK: TypeBook = { configured: new Map(), announced: new Map(), refused: new Map() };

/** What one announcement says. */
export interface Announcement {
  readonly type: string;
  /** Undefined where its schema describes nothing that could be columns. */
  readonly columns: Columns | undefined;
  /** When its sender first announced it, in epoch milliseconds. */
  readonly atMs: number;
}

const DAY_MS = 86_400_000;
/** Types that are remembered as refused. */
export const MAX_REFUSED = 50;

/**
 * The book with what was announced. Keys are kept, and new ones added; of two schemas that disagree on a key the one that was first announced later wins, whatever
 * the order in which they come, so that it is the same to hear one twice. A type that was not heard of for `retentionMs` makes room for a new one.
 */
export function announce(book: TypeBook, given: Announcement, nowMs: number, retentionMs: number): TypeBook {
  const { type, columns } = given;
  const known = book.announced.get(type);
  const roomy = known === undefined ? makeRoom(book, nowMs - retentionMs) : book;
  const reason = columns === undefined ? 'no-schema' : refusalOf(roomy, type);
  if (columns === undefined || reason !== undefined) return refuse(book, type, reason ?? 'no-schema');
  const atMs = Math.min(given.atMs, nowMs); // a clock that is ahead does not win for ever
  const merged = mergeColumns(known?.columns ?? new Map<string, AnnouncedColumn>(), columns, atMs);
  const lastDayMs = Math.max(known?.lastDayMs ?? 0, nowMs - (nowMs % DAY_MS));
  const firstMs = Math.min(known?.firstMs ?? atMs, atMs);
  if (known !== undefined && merged === known.columns && lastDayMs === known.lastDayMs && firstMs === known.firstMs)
    return book;
  const announced = new Map(roomy.announced).set(type, { firstMs, lastDayMs, columns: merged });
  const refused = new Map(book.refused);
  refused.delete(type);
  return { ...book, announced, refused };
}

/** The book; if it is full, without the type that was not heard of for the longest, if that was before `beforeMs`. */
function makeRoom(book: TypeBook, beforeMs: number): TypeBook {
  if (registeredCount(book) < MAX_TYPES) return book;
  const [stalest] = [...book.announced]
    .filter(([type, { lastDayMs }]) => lastDayMs < beforeMs && !book.configured.has(type))
    .sort(([, one], [, other]) => one.lastDayMs - other.lastDayMs);
  if (stalest === undefined) return book;
  const announced = new Map(book.announced);
  announced.delete(stalest[0]);
  return { ...book, announced };
}

/** The columns with those that a schema of `atMs` brings. */
export function mergeColumns(
  known: ReadonlyMap<string, AnnouncedColumn>,
  columns: Columns,
  atMs: number,
): ReadonlyMap<string, AnnouncedColumn> {
  let merged: Map<string, AnnouncedColumn> | undefined;
  for (const [key, kind] of columns) {
    const before = (merged ?? known).get(key);
    if (before === undefined && (merged ?? known).size >= MAX_COLUMNS) continue;
    const isNew = before === undefined || atMs > before.sinceMs || (atMs === before.sinceMs && kind !== before.kind);
    if (!isNew) continue;
    merged ??= new Map(known);
    merged.set(key, { kind, sinceMs: atMs });
  }
  return merged ?? known;
}

function refuse(book: TypeBook, type: string, reason: TypeRefusal): TypeBook {
  const refused = new Map(book.refused);
  const count = (refused.get(type)?.count ?? 0) + 1;
  refused.delete(type);
  refused.set(type, { reason, count });
  for (const oldest of refused.keys()) if (refused.size > MAX_REFUSED) refused.delete(oldest);
  return { ...book, refused };
}

/** Why this type cannot be registered beside the others; undefined if it can, or is. */
export function refusalOf(book: TypeBook, type: string): TypeRefusal | undefined {
  const unfit = nameRefusal(type);
  if (unfit !== undefined || book.announced.has(type) || book.configured.has(type)) return unfit;
  const view = viewNameOf(type);
  for (const other of [...book.configured.keys(), ...book.announced.keys()])
    if (viewNameOf(other) === view) return 'name-taken';
  return registeredCount(book) >= MAX_TYPES ? 'too-many' : undefined;
}

const registeredCount = ({ configured, announced }: TypeBook): number =>
  new Set([...configured.keys(), ...announced.keys()]).size;

/** The book with what the configuration registers now. Types that were announced, and for which it leaves no room or no name, are forgotten. */
export function configure(book: TypeBook, configured: ReadonlyMap<string, Columns>): TypeBook {
  let next: TypeBook = { ...book, configured, announced: new Map() };
  for (const [type, known] of book.announced) {
    const reason = refusalOf(next, type);
    next =
      reason === undefined
        ? { ...next, announced: new Map(next.announced).set(type, known) }
        : refuse(next, type, reason);
  }
  return next;
}
