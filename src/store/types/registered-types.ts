import type { ColumnKind } from '../../core/column-kind.ts';
import { viewNameOf } from '../../core/registered-type.ts';
import type { RefusedType, TypeBook } from './type-book.ts';

/** A column of a registered type's view. */
export interface TypeColumn {
  /** As it is in the view: the key, or `user_<key>` where another column has its name. */
  readonly name: string;
  /** In the metadata. */
  readonly key: string;
  readonly kind: ColumnKind;
}

/** A type with a view of its own. */
export interface RegisteredType {
  readonly type: string;
  readonly view: string;
  readonly columns: readonly TypeColumn[];
  /** Whether the configuration names it. */
  readonly configured: boolean;
  /** When it was first announced, in epoch milliseconds; undefined if it never was. */
  readonly announcedMs: number | undefined;
}

/** What is registered in an archive, and what is not. */
export interface TypeListing {
  readonly types: readonly RegisteredType[];
  /** The latest types that could not be registered. */
  readonly refused: readonly ({ readonly type: string } & RefusedType)[];
}

/** Columns of every such view, before and behind its own. */
export const LEADING_COLUMNS: readonly string[] = ['timestamp', 'received', 'logger', 'severity', 'payload'];
export const TRAILING_COLUMNS: readonly string[] = ['hostname', 'pid', 'sender', 'seq', 'metadata'];

/** The types of a book, those of the configuration first. What it says of a key holds, whatever was announced. */
export function registeredTypes({ configured, announced }: TypeBook): readonly RegisteredType[] {
  const types = new Set([...configured.keys(), ...announced.keys()]);
  return [...types].map((type): RegisteredType => {
    const known = announced.get(type);
    const kinds = new Map(configured.get(type));
    for (const [key, { kind }] of known?.columns ?? []) if (!kinds.has(key)) kinds.set(key, kind);
    return {
      type,
      view: viewNameOf(type),
      columns: named(kinds),
      configured: configured.has(type),
      announcedMs: known?.firstMs,
    };
  });
}

/** Names are the same to SQL whatever their case. A key that finds both of its names taken is left out; it is in the metadata. */
function named(kinds: ReadonlyMap<string, ColumnKind>): readonly TypeColumn[] {
  const taken = new Set([...LEADING_COLUMNS, ...TRAILING_COLUMNS]);
  return [...kinds].flatMap(([key, kind]) => {
    const name = [key, `user_${key}`].find((one) => !taken.has(one.toLowerCase()));
    if (name === undefined) return [];
    taken.add(name.toLowerCase());
    return [{ name, key, kind }];
  });
}
