import type { DuckDBConnection } from '@duckdb/node-api';
import { QueryError } from './query-error.ts';
import { checkGrowth } from './sql-growth.ts';
import { VIEW_NAMES } from './views.ts';

/** Longest statement. A bound for the parser, which recurses. */
const MAX_SQL_LENGTH = 64 * 1024;
/** Deepest tree. What people write stays below 60. */
const MAX_DEPTH = 400;

/** Table functions that make rows from their arguments alone. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree']);

/** Functions that tell of the process, reach out of the query, or only wait. Files are out of reach anyway; these need no files. */
const DENIED_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'getenv current_setting current_query getvariable write_log parse_duckdb_log_message stats nextval currval setseed sleep_ms pg_sleep ' +
    'json_serialize_sql json_deserialize_sql json_serialize_plan json_execute_serialized_sql query query_table sql_auto_complete ' +
    'glob which_secret create_sort_key'
  ).split(' '),
);
const DENIED_PREFIXES: readonly string[] = [
  'read_',
  'parquet_',
  'duckdb_',
  'pragma_',
  'sniff_',
  '__internal_',
  'inet_',
  'icu_collate_',
];

/** Expressions that may stand in a query; a kind that is not listed, as a later DuckDB may bring, is refused. */
const EXPRESSION_CLASSES: ReadonlySet<string> = new Set(
  (
    'BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR POSITIONAL_REFERENCE ' +
    'STAR SUBQUERY TYPE WINDOW'
  ).split(' '),
);
/** Likewise for whole queries, what stands after FROM, ORDER BY and LIMIT. */
const NODE_TYPES: ReadonlySet<string> = new Set(
  (
    'SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE SUBQUERY JOIN EXPRESSION_LIST EMPTY EMPTY_FROM PIVOT ' +
    'ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING'
  ).split(' '),
);

/** Names that an error lists. */
const LISTED_NAMES = 20;

/** Names that may be selected from at some place, in lower case: our views, then what WITH has named. */
type Scope = ReadonlySet<string>;
type TreeNode = Readonly<Record<string, unknown>>;

/**
 * Refuses, with a QueryError, everything but one SELECT over our views and its own common table expressions, and of those what may make much from little.
 * Our views are the built-in ones and `typeViews`. Runs no part of `sql`; the decision is made on the tree of DuckDB's own parser, so there is no second grammar to fool.
 */
export async function checkSql(
  connection: DuckDBConnection,
  sql: string,
  typeViews: readonly string[] = [],
): Promise<void> {
  if (sql.length > MAX_SQL_LENGTH) throw refused(`a statement may have at most ${MAX_SQL_LENGTH} characters`);
  if (sql.includes('\0')) throw refused('a statement may not contain NUL');
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const text = reader.value(0, 0);
  const tree: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  if (!isNode(tree)) throw refused('the statement was not understood');
  if (tree['error'] === true) {
    const message = String(tree['error_message']).split('\n', 1)[0] ?? '';
    throw tree['error_type'] === 'not implemented'
      ? refused('only SELECT may be run')
      : new QueryError('syntax', message);
  }
  const { statements } = tree;
  if (!Array.isArray(statements) || statements.length !== 1)
    throw refused('exactly one statement may be run at a time');
  checkNode(statements[0], new Set([...VIEW_NAMES, ...typeViews]), 0);
  checkGrowth(statements[0]);
}

function checkNode(node: unknown, scope: Scope, depth: number): void {
  if (depth > MAX_DEPTH) throw refused('the statement is nested too deeply');
  if (Array.isArray(node)) {
    for (const item of node) checkNode(item, scope, depth + 1);
    return;
  }
  if (!isNode(node)) return;
  const kind = node['type'];
  if (typeof node['class'] === 'string') checkExpression(node, node['class']);
  else if (typeof kind === 'string') checkTyped(node, kind, scope);
  // A constant's value is data: nothing in it is looked up.
  if (node['class'] === 'CONSTANT') return;

  const inner = withCommonTables(node, scope, depth);
  for (const [key, child] of Object.entries(node)) {
    if (key === 'cte_map') continue; // done by withCommonTables, each with what it may see
    // A table function's own name is checked with its table; its arguments are checked as any expression.
    if (kind === 'TABLE_FUNCTION' && key === 'function' && isNode(child))
      checkNode(child['children'], inner, depth + 1);
    else checkNode(child, inner, depth + 1);
  }
}

function checkExpression(node: TreeNode, expressionClass: string): void {
  if (!EXPRESSION_CLASSES.has(expressionClass)) throw refused(`${expressionClass.toLowerCase()} may not be used`);
  const name = node['function_name'];
  if (typeof name === 'string' && isDeniedFunction(name)) throw refused(`the function ${name} may not be used`);
}

function checkTyped(node: TreeNode, kind: string, scope: Scope): void {
  if (kind === 'BASE_TABLE') checkTable(node, scope);
  else if (kind === 'TABLE_FUNCTION') checkTableFunction(node);
  else if (kind === 'SHOW_REF') checkShow(node);
  else if (!NODE_TYPES.has(kind) && !kind.endsWith('_TYPE_INFO'))
    throw refused(`${kind.toLowerCase()} may not be used`);
}

function checkTable(node: TreeNode, scope: Scope): void {
  const name = text(node, 'table_name');
  const schema = text(node, 'schema_name').toLowerCase();
  const plain = schema === '' && text(node, 'catalog_name') === '';
  if (plain && scope.has(name.toLowerCase())) return;
  const listed = [...scope].slice(0, LISTED_NAMES).join(', ');
  throw refused(
    `${JSON.stringify(name)} is none of the views ${listed}${scope.size > LISTED_NAMES ? `, and ${scope.size - LISTED_NAMES} more` : ''}`,
  );
}

function checkTableFunction(node: TreeNode): void {
  const call = node['function'];
  const name = isNode(call) ? text(call, 'function_name') : '';
  const plain =
    isNode(call) &&
    call['class'] === 'FUNCTION' &&
    text(call, 'catalog') === '' &&
    ['', 'main'].includes(text(call, 'schema'));
  if (!plain || !TABLE_FUNCTIONS.has(name.toLowerCase())) throw refused(`the table function ${name} may not be used`);
}

function checkShow(node: TreeNode): void {
  // DESCRIBE and SUMMARIZE of a query hold it as a tree, which is walked. SHOW names a table as text, and would tell of others than ours.
  const shown =
    ['DESCRIBE', 'SUMMARY'].includes(text(node, 'show_type')) &&
    isNode(node['query']) &&
    text(node, 'table_name') === '';
  if (!shown) throw refused('SHOW may not be used; DESCRIBE messages tells the columns');
}

/** The names visible inside `node`. Checks its common table expressions on the way: each sees those before it, and itself if recursive. */
function withCommonTables(node: TreeNode, scope: Scope, depth: number): Scope {
  let visible = scope;
  // The recursive part of a recursive query sees the query's own name.
  if (node['type'] === 'RECURSIVE_CTE_NODE' || node['type'] === 'CTE_NODE') {
    visible = new Set([...visible, (text(node, 'cte_name') || text(node, 'ctename')).toLowerCase()]);
  }
  const map = node['cte_map'];
  if (!isNode(map)) return visible;
  const entries = map['map'];
  if (!Array.isArray(entries)) return visible;
  for (const entry of entries) {
    if (!isNode(entry)) throw refused('the statement was not understood');
    checkNode(entry['value'], visible, depth + 1);
    visible = new Set([...visible, text(entry, 'key').toLowerCase()]);
  }
  return visible;
}

/** Whether a scalar or aggregate function may not be called in a query. */
export function isDeniedFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return DENIED_FUNCTIONS.has(lower) || DENIED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

const refused = (message: string): QueryError => new QueryError('refused', message);
const isNode = (value: unknown): value is TreeNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (node: TreeNode, key: string): string => {
  const value = node[key];
  return typeof value === 'string' ? value : '';
};
