import type { Columns } from '../../core/column-kind.ts';
import { EMPTY_BOOK, mergeColumns, refusalOf, type AnnouncedType, type TypeBook } from '../types/type-book.ts';

/**
 * One book of the types that several routers know. Where two configurations disagree on a key, the first book's word holds; of what was announced, the later word. A type
 * for which there is no room or no name beside those of the books before it is left out: its messages are there without a view.
 */
export function mergeBooks(books: readonly TypeBook[]): TypeBook {
  let merged = EMPTY_BOOK;
  for (const { configured } of books) {
    for (const [type, columns] of configured) {
      if (refusalOf(merged, type) !== undefined) continue;
      const both: Columns = new Map([...columns, ...(merged.configured.get(type) ?? [])]);
      merged = { ...merged, configured: new Map(merged.configured).set(type, both) };
    }
  }
  for (const { announced } of books) {
    for (const [type, known] of announced) {
      if (refusalOf(merged, type) !== undefined) continue;
      const both = mergeAnnounced(merged.announced.get(type), known);
      merged = { ...merged, announced: new Map(merged.announced).set(type, both) };
    }
  }
  return merged;
}

function mergeAnnounced(one: AnnouncedType | undefined, other: AnnouncedType): AnnouncedType {
  if (one === undefined) return other;
  let { columns } = one;
  for (const [key, { kind, sinceMs }] of other.columns)
    columns = mergeColumns(columns, new Map([[key, kind]]), sinceMs);
  return {
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastDayMs: Math.max(one.lastDayMs, other.lastDayMs),
    columns,
  };
}
