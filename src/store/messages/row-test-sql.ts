import { sqlText } from '../duckdb.ts';

/** What a value must be. A pattern is a text in which `*` stands for any text. */
export type ValueCondition =
  | {
      readonly kind: 'any';
      readonly values: readonly (string | number | boolean | null)[];
      readonly patterns: readonly string[];
    }
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  | { readonly kind: 'not'; readonly test: ValueCondition };

/** A condition on one value of a message. */
export interface RowCondition {
  /** `type`, `logger`, `severity`, `key`, `via`, or `metadata.` and a path: without `*`, control characters and empty parts. */
  readonly on: string;
  readonly test: ValueCondition;
}

/** A message passes if it meets all conditions of any list. */
export type RowTest = readonly (readonly RowCondition[])[];

/** A value in SQL: as each kind that it can be, and null where it is not of that kind. */
interface Subject {
  readonly text: string;
  readonly number: string;
  readonly boolean: string;
  /** True for a JSON null. */
  readonly isNull: string;
}

const NONE = 'NULL';
/** Where `segmentRowsSql` has them. A message's own columns are text; its header's are typed. */
const COLUMNS: Readonly<Record<string, Subject>> = {
  type: textColumn('line.type'),
  logger: textColumn('coalesce(line.logger, header.logger)'),
  key: textColumn('header.key'),
  via: textColumn('header.via'),
  severity: { text: NONE, number: 'try_cast(line.severity AS DOUBLE)', boolean: NONE, isNull: 'FALSE' },
};
const METADATA_PREFIX = 'metadata.';

/** SQL that is true for the rows of `segmentRowsSql` that pass, and false for all others. Everything in it is a literal of ours. */
export function rowTestSql(test: RowTest): string {
  const lists = test.map((conditions) => joined(conditions.map(conditionSql), 'AND', 'TRUE'));
  return joined(lists, 'OR', 'FALSE');
}

function conditionSql({ on, test }: RowCondition): string {
  const column = Object.hasOwn(COLUMNS, on) ? COLUMNS[on] : undefined;
  if (column !== undefined) return valueSql(column, test);
  if (!on.startsWith(METADATA_PREFIX)) throw new Error(`no column of a message: ${on}`);
  return valueSql(metadataValue(on.slice(METADATA_PREFIX.length)), test);
}

/** Never null, so that `NOT` turns what is absent into a pass. */
function valueSql(subject: Subject, test: ValueCondition): string {
  if (test.kind === 'not') return `NOT ${valueSql(subject, test.test)}`;
  const alternatives = test.kind === 'range' ? [rangeSql(subject, test)] : anySql(subject, test);
  return `coalesce(${joined(alternatives, 'OR', 'FALSE')}, FALSE)`;
}

function rangeSql({ number }: Subject, { min, max }: { readonly min: number; readonly max: number }): string {
  const bounds = [
    ...(min === -Infinity ? [] : [`${number} >= ${sqlNumber(min)}`]),
    ...(max === Infinity ? [] : [`${number} <= ${sqlNumber(max)}`]),
  ];
  return joined(bounds, 'AND', `${number} IS NOT NULL`);
}

// Each alternative is never null by itself either: null OR false would be null, and hide the other.
function anySql(subject: Subject, { values, patterns }: Extract<ValueCondition, { kind: 'any' }>): string[] {
  return [
    ...values.map((value) => {
      if (value === null) return subject.isNull;
      if (typeof value === 'string') return `${subject.text} = ${sqlText(value)}`;
      return typeof value === 'number' ? `${subject.number} = ${sqlNumber(value)}` : `${subject.boolean} = ${value}`;
    }),
    ...patterns.map((pattern) => `${subject.text} LIKE ${sqlText(likePattern(pattern))} ESCAPE '\\'`),
  ].map((alternative) => `coalesce(${alternative}, FALSE)`);
}

function textColumn(expression: string): Subject {
  return { text: expression, number: NONE, boolean: NONE, isNull: 'FALSE' };
}

function metadataValue(path: string): Subject {
  const json = `coalesce(${jsonPaths(path)
    .map((jsonPath) => `json_extract(line.metadata, ${sqlText(jsonPath)})`)
    .join(', ')})`;
  const as = (kinds: string, expression: string): string =>
    `CASE WHEN json_type(${json}) IN (${kinds}) THEN ${expression} END`;
  const content = `json_extract_string(${json}, '$')`;
  return {
    text: as("'VARCHAR'", content),
    number: as("'BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE'", `try_cast(${content} AS DOUBLE)`),
    boolean: as("'BOOLEAN'", `${content} = 'true'`),
    isNull: `json_type(${json}) = 'NULL'`,
  };
}

/** Dots lead into objects, but a key that holds the dots itself wins: `a.b.c`, then `b.c` in `a`, then `c` in `b` in `a`. */
function jsonPaths(path: string): readonly string[] {
  const parts = path.split('.');
  return parts.map((_, depth) =>
    [...parts.slice(0, depth), parts.slice(depth).join('.')].reduce((json, key) => `${json}.${quotedKey(key)}`, '$'),
  );
}

const quotedKey = (key: string): string => `"${key.replace(/["\\]/g, '\\$&')}"`;

const likePattern = (pattern: string): string => pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');

/** As text, so that every number that JavaScript writes is read as the double that it is. */
const sqlNumber = (value: number): string => `CAST(${sqlText(String(value))} AS DOUBLE)`;

const joined = (terms: readonly string[], word: 'AND' | 'OR', empty: string): string =>
  terms.length === 0 ? empty : `(${terms.join(` ${word} `)})`;
