import type { ColumnKind } from '../../core/column-kind.ts';

/** A key of the metadata, and the kind of its values. */
export interface DdlKey {
  readonly key: string;
  readonly kind: ColumnKind;
}

/** What the printed statements of two engines differ by. */
export interface Dialect {
  /** `name` as an identifier. */
  name(name: string): string;
  /** `text` as a literal, in which nothing is left that the engine, its client or a terminal would act on. */
  text(text: string): string;
  /** The text of a value of the metadata; NULL where there is none. The keys are our own, and plain words. */
  jsonText(...keys: readonly string[]): string;
  /** A text as a value of a kind; NULL where it is none. */
  readonly casts: Readonly<Record<Exclude<ColumnKind, 'json' | 'string'>, (text: string) => string>>;
  /** The messages of a type, to stand after FROM, and what each key of their metadata holds: a value of JSON, else a text. */
  rows(type: string, keys: readonly DdlKey[]): { readonly from: string; readonly values: readonly string[] };
}

/** What statements are printed for. */
export interface DdlInput {
  /** The archive's folder, as the engine is told it. */
  readonly location: string;
  /** Days whose partitions are added by name; undefined to have the engine look for them. */
  readonly days: readonly string[] | undefined;
}

/** The column that is no column of the files, but the name of their folder. Text in every engine, so that `dt = '2026-11-27'` means the same to each. */
export const DAY_COLUMN = 'dt';

/** A text in which every character is seen for what it is. */
export const PRINTABLE_ASCII: RegExp = /^[\x20-\x7e]*$/;

/** A cast that gives NULL for what it cannot read. */
export const tryCast = (text: string, type: string): string => `try_cast(${text} AS ${type})`;

/** For engines whose own cast takes other texts for true or false too, or fails. */
export const booleanCast = (text: string): string =>
  `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
