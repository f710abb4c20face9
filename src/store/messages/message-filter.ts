import { MAX_METADATA_LEVELS } from '../../core/metadata-path.ts';

/** Which messages are looked for. */
export interface MessageFilter {
  /** Names or `*` patterns, any of which fits; none: every type but those that senders use for themselves. */
  readonly types: readonly string[];
  /** The least grave severity that is wanted, 0 to 7. */
  readonly severity: number;
  /** Each key must have one of the values that stand with it. Values are compared as text; `*` stands for any. */
  readonly metadata: readonly MetadataCondition[];
  /** Stands in the payload or in the metadata, the name included; in any case of letters. Empty for any. */
  readonly text: string;
}

export interface MetadataCondition {
  /** Dots lead into objects, but a key that holds the dots itself wins. */
  readonly key: string;
  readonly value: string;
}

/** Names a value in the statement: adds it to the parameters, and gives its `$n`. */
export type Bind = (value: string | number | null) => string;

/** What senders say for themselves. */
const OWN_TYPES = 'metlog.';

/**
 * SQL that is true for the rows of the view `archived` that fit. What a condition on the metadata is about is first looked for in its JSON text, which costs a tenth of parsing it.
 */
export function messageFilterSql({ types, severity, metadata, text }: MessageFilter, bind: Bind): string {
  return [
    types.length === 0 ? `NOT starts_with(type, '${OWN_TYPES}')` : anyOf(types.map((type) => nameSql(type, bind))),
    ...(severity >= 7 ? [] : [`severity <= ${bind(severity)}::INTEGER`]),
    ...[...new Set(metadata.map(({ key }) => key))].map((key) =>
      metadataSql(
        key,
        metadata.flatMap((condition) => (condition.key === key ? [condition.value] : [])),
        bind,
      ),
    ),
    ...(text === '' ? [] : [textSql(text, bind)]),
  ].join(' AND ');
}

function nameSql(pattern: string, bind: Bind): string {
  if (!pattern.includes('*')) return `type = ${bind(pattern)}::VARCHAR`;
  return likeSql('type', pattern, bind);
}

const likeSql = (subject: string, pattern: string, bind: Bind): string =>
  `${subject} LIKE ${bind(pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%'))}::VARCHAR ESCAPE '\\'`;

function metadataSql(key: string, values: readonly string[], bind: Bind): string {
  const pointers = jsonPointers(key).map((pointer) => `${bind(pointer)}::VARCHAR`);
  const found = `coalesce(${pointers.map((pointer) => `json_extract(metadata, ${pointer})`).join(', ')})`;
  return anyOf(
    values.map((value) => {
      const standing = standingSql(key, value, pointers.length === 1, bind);
      const exact = foundSql(found, value, bind);
      if (standing.length === 0) return exact;
      // Outside, so that the scan spares the other columns of what does not hold the text; and within, as AND leaves the order to DuckDB, which tries the
      // dear one first now and then.
      const holds = standing.join(' AND ');
      return `(${holds} AND CASE WHEN ${holds} THEN ${exact} ELSE FALSE END)`;
    }),
  );
}

/** What the JSON text must hold if the key has this value. Only of what is spelled in one way: no escapes, no exponents. */
function standingSql(key: string, value: string, isWholeKey: boolean, bind: Bind): readonly string[] {
  const contains = (text: string): string => `contains(metadata, ${bind(text)}::VARCHAR)`;
  // If dots may lead into objects, the value stands behind some end of the key.
  const before = isWholeKey && isPlain(key) ? `"${key}":` : ':';
  if (value.includes('*')) {
    const run = longestPlainRun(value.replaceAll('*', '"'));
    return [...(isWholeKey && isPlain(key) ? [contains(before)] : []), ...(run === '' ? [] : [contains(run)])];
  }
  if (/^[[{]/.test(value) || (isNumber(value) && value.includes('e')))
    return isWholeKey && isPlain(key) ? [contains(before)] : [];
  if (isPlain(value)) {
    const spelled = [`${before}"${value}"`, ...(isLiteral(value) ? [before + value] : [])];
    return [anyOf(spelled.map(contains))];
  }
  const run = longestPlainRun(value);
  return run === '' ? [] : [contains(run)];
}

function foundSql(found: string, value: string, bind: Bind): string {
  const content = `json_extract_string(${found}, '$')`;
  if (value.includes('*')) return likeSql(`coalesce(${content}, ${found}::VARCHAR)`, value, bind);
  const isText = `${content} = ${bind(value)}::VARCHAR`;
  if (value === 'null') return `(json_type(${found}) = 'NULL' OR ${isText})`;
  if (!isNumber(value)) return isText;
  // DuckDB may spell a number otherwise: 1e21 where JavaScript writes 1e+21.
  const isNumeric = `json_type(${found}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')`;
  return `(${isText} OR (${isNumeric} AND try_cast(${content} AS DOUBLE) = ${bind(value)}::DOUBLE))`;
}

function textSql(text: string, bind: Bind): string {
  const plain = `lower(${bind(text)}::VARCHAR)`;
  const escaped = JSON.stringify(text).slice(1, -1);
  return anyOf([
    `contains(lower(payload), ${plain})`,
    `contains(lower(metadata), ${plain})`,
    ...(escaped === text ? [] : [`contains(lower(metadata), lower(${bind(escaped)}::VARCHAR))`]),
  ]);
}

/** RFC 6901, where every key can be said, the empty one too. `a.b.c` is itself, then `b.c` in `a`, then `c` in `b` in `a`. */
function jsonPointers(key: string): readonly string[] {
  const parts = key.split('.');
  return parts
    .slice(0, MAX_METADATA_LEVELS)
    .map((_, depth) => [...parts.slice(0, depth), parts.slice(depth).join('.')].map(pointed).join(''));
}

const pointed = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What JSON may escape, and then in more than one way. */
const ESCAPED = /["\\/\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;
const isPlain = (text: string): boolean => !ESCAPED.test(text);

const longestPlainRun = (text: string): string =>
  text.split(ESCAPED).reduce((longest, run) => (run.length > longest.length ? run : longest), '');

/** Whether the text, unquoted, is JSON of something that is neither string nor list nor object. */
const isLiteral = (value: string): boolean => isNumber(value) || ['true', 'false', 'null'].includes(value);

/** As JSON.stringify writes a number. */
const isNumber = (value: string): boolean =>
  value !== '' && Number.isFinite(Number(value)) && String(Number(value)) === value;

const anyOf = (terms: readonly string[]): string => (terms.length === 1 ? `${terms[0]}` : `(${terms.join(' OR ')})`);
