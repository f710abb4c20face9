import { isRecord } from '../core/json.ts';
import { QueryError } from './query-error.ts';

/**
 * What one expression may make of one row, by the estimate below. DuckDB evaluates 2,048 rows at a time, and what a function makes meanwhile counts
 * neither towards the memory limit, nor is it interrupted: 2,048 × 64 KiB = 128 MiB. What is handed on to the next step of the plan does count.
 */
const MAX_ROW_BYTES = 64 * 1024;
/** What a value is taken for that the statement does not tell the size of. */
const COLUMN_BYTES = 100;
/** A number, time or truth. */
const SCALAR_BYTES = 8;
/** Columns that `*` may stand for. */
const STAR_COLUMNS = 20;
/** Most repetitions, and the widest padding. */
const MAX_COUNT = 1_000;

/** Functions whose result, memory or time follows from a number among their arguments, or is their product: no use of them is bounded. */
const UNBOUNDED_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'range generate_series generate_subscripts list_resize array_resize list_reduce array_reduce reduce bitstring bitstring_agg equi_width_bins ' +
    'levenshtein editdist3 damerau_levenshtein jaro_similarity jaro_winkler_similarity'
  ).split(' '),
);
/** How many times longer than their arguments results may be: a list's entry for a byte, digits for it, or quotes and backslashes before it. */
const FACTORS: ReadonlyMap<string, number> = new Map([
  ...names(
    'string_split split str_split string_to_array string_split_regex str_split_regex regexp_split_to_array regexp_extract_all',
    16,
  ),
  ...names('strftime', 12),
  ...names('bin to_binary', 8),
  ...names('json_quote to_json array_to_json row_to_json json_object json_array json_group_array json_group_object', 6),
  ...names('nfc_normalize url_encode', 3),
  ...names('hex to_hex base64 to_base64 regexp_escape like_escape ilike_escape not_like_escape not_ilike_escape', 2),
]);
/** Functions that put the text of one argument into the result many times, and which argument that is. */
const INSERTED_ARGUMENT: ReadonlyMap<string, number> = new Map([
  ...names('concat_ws', 0),
  ...names('array_to_string array_to_string_comma_default string_agg group_concat listagg', 1),
  ...names('replace regexp_replace', 2),
]);
/** Functions that call the aggregate function that their second argument names. */
const LIST_AGGREGATES: ReadonlySet<string> = new Set(
  'list_aggregate list_aggr array_aggregate array_aggr aggregate'.split(' '),
);

type TreeNode = Readonly<Record<string, unknown>>;
/** Bytes of what the select list has named so far: later expressions of the same SELECT may use the names, and DuckDB then puts in what they stand for. */
type Named = Map<string, number>;

/**
 * Refuses, with a QueryError, a tree of DuckDB's parser with an expression that may make much more than it was given. The bound is on growth, not on size:
 * a short expression over large values, such as the text of a whole table in one value, still makes large values.
 */
export function checkGrowth(tree: unknown): void {
  rowBytes(tree, new Map());
}

/** Bytes that evaluating `node` may take for one row. For what is no expression: those of the largest inside, each checked. */
function rowBytes(node: unknown, named: Named): number {
  const bytes = Array.isArray(node) ? largest(node, named) : isRecord(node) ? nodeBytes(node, named) : 0;
  if (bytes > MAX_ROW_BYTES) throw refused('an expression may not make texts or lists that much longer');
  return bytes;
}

function nodeBytes(node: TreeNode, named: Named): number {
  switch (node['class']) {
    case undefined:
      return queryBytes(node, named);
    case 'CONSTANT':
      return constantBytes(node);
    case 'COLUMN_REF':
      return columnBytes(node, named);
    case 'STAR':
      return Math.max(STAR_COLUMNS * COLUMN_BYTES, largest(Object.values(node), named));
    case 'FUNCTION':
      return functionBytes(node, named);
    case 'CAST':
      return 2 * rowBytes(node['child'], named); // lists as text have their quotes escaped
    case 'COMPARISON':
    case 'CONJUNCTION':
    case 'BETWEEN':
      largest(Object.values(node), named);
      return SCALAR_BYTES;
    case 'SUBQUERY':
      largest(Object.values(node), new Map());
      return COLUMN_BYTES;
    case 'LAMBDA':
    case 'CASE':
    case 'COLLATE':
      return largest(Object.values(node), named);
    default:
      return sum(children(node), named) + largest(others(node), named);
  }
}

/** Of what is no expression. */
function queryBytes(node: TreeNode, named: Named): number {
  if (node['type'] === 'SELECT_NODE') return selectBytes(node);
  const { function: call } = node;
  // A table function's rows come one vector after the other; only its arguments are evaluated.
  if (node['type'] === 'TABLE_FUNCTION' && isRecord(call)) return largest(children(call), named);
  return largest(Object.values(node), named);
}

function selectBytes(node: TreeNode): number {
  const named: Named = new Map();
  for (const item of children(node, 'select_list')) {
    const bytes = rowBytes(item, named);
    if (isRecord(item)) named.set(text(item, 'alias').toLowerCase(), bytes);
  }
  for (const [key, child] of Object.entries(node)) if (key !== 'select_list') rowBytes(child, named);
  return 0;
}

function columnBytes(node: TreeNode, named: Named): number {
  const parts = children(node, 'column_names').map((part) => String(part).toLowerCase());
  // A name may be a column's, an alias's, or either with a field behind it.
  return Math.max(COLUMN_BYTES, ...parts.map((part) => named.get(part) ?? 0));
}

function functionBytes(node: TreeNode, named: Named): number {
  largest(others(node), named);
  return callBytes(text(node, 'function_name').toLowerCase(), children(node), named);
}

function callBytes(name: string, args: readonly unknown[], named: Named): number {
  if (UNBOUNDED_FUNCTIONS.has(name)) {
    const asTable = name === 'range' || name === 'generate_series';
    throw refused(`the function ${name} ${asTable ? 'may only be used as a table, after FROM' : 'may not be used'}`);
  }
  if (LIST_AGGREGATES.has(name)) {
    const aggregate = constantOf(args[1]);
    if (typeof aggregate !== 'string') throw refused(`${name} may only be used with a constant name`);
    return callBytes(aggregate.toLowerCase(), [args[0], ...args.slice(2)], named);
  }
  if (name === 'repeat') return rowBytes(args[0], named) * countOf(name, args[1]);
  const lambda = args.find((arg) => isRecord(arg) && arg['class'] === 'LAMBDA');
  const total = sum(args.filter((arg) => arg !== lambda), named); // prettier-ignore
  // Each item becomes what the lambda makes of it.
  if (lambda !== undefined) return total * Math.max(1, rowBytes(lambda, named) / COLUMN_BYTES);
  if (name === 'lpad' || name === 'rpad' || name === 'approx_top_k') return total + countOf(name, args[1]);
  if (name === 'format' || name === 'printf') return total + formatBytes(name, args[0]);
  const inserted = args[INSERTED_ARGUMENT.get(name) ?? args.length];
  if (inserted !== undefined) return total * Math.max(1, insertedBytes(name, inserted));
  return total * (FACTORS.get(name) ?? 1);
}

function countOf(name: string, arg: unknown): number {
  const count = Number(constantOf(arg));
  if (!(count <= MAX_COUNT)) throw refused(`${name} may only be used with a number of at most ${MAX_COUNT}`);
  return Math.max(0, count);
}

function formatBytes(name: string, arg: unknown): number {
  const format = constantOf(arg);
  // A width may be an argument too: `%*d`, `{:{}}`.
  if (typeof format !== 'string' || /\d{4}|%[^a-z%]*\*|\{[^}]*\{/i.test(format.replaceAll('{{', '')))
    throw refused(`${name} may only be used with a constant format, and widths of at most 3 digits`);
  return (format.match(/\d+/g) ?? []).reduce((total, width) => total + Number(width), 0);
}

function insertedBytes(name: string, arg: unknown): number {
  if (constantOf(arg) === undefined) throw refused(`${name} may only be used with a constant as what it puts in`);
  return constantBytes(arg);
}

function constantBytes(node: unknown): number {
  const value = constantOf(node);
  return typeof value === 'string' ? Buffer.byteLength(value) : SCALAR_BYTES;
}

/** The value of a constant; undefined if `node` is none. */
function constantOf(node: unknown): unknown {
  if (!isRecord(node) || node['class'] !== 'CONSTANT' || !isRecord(node['value'])) return undefined;
  return node['value']['is_null'] === true ? null : node['value']['value'];
}

/** What a node holds beside its children: FILTER, ORDER BY, PARTITION BY. */
const others = (node: TreeNode): readonly unknown[] =>
  Object.entries(node).flatMap(([key, value]) => (key === 'children' ? [] : [value]));
const children = (node: TreeNode, key = 'children'): readonly unknown[] => {
  const value = node[key];
  return Array.isArray(value) ? value : [];
};
const text = (node: TreeNode, key: string): string => {
  const value = node[key];
  return typeof value === 'string' ? value : '';
};
const sum = (nodes: readonly unknown[], named: Named): number =>
  nodes.reduce<number>((total, node) => total + rowBytes(node, named), 0);
const largest = (nodes: readonly unknown[], named: Named): number =>
  nodes.reduce<number>((most, node) => Math.max(most, rowBytes(node, named)), 0);

function names(list: string, value: number): (readonly [string, number])[] {
  return list.split(' ').map((name) => [name, value]);
}

const refused = (message: string): QueryError => new QueryError('refused', message);
