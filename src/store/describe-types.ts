import type { TypeRefusal } from '../core/registered-type.ts';
import { QueryError } from './query-error.ts';
import type { Store } from './query.ts';
import type { RegisteredType, TypeColumn } from './registered-types.ts';
import { columnSql, sqlName, valueText } from './type-view-sql.ts';

/** A registered type, and how its messages fit. */
export interface TypeDescription {
  readonly type: string;
  /** The name to select from. */
  readonly view: string;
  /** `configuration`: named there, whether or not senders announce it too. */
  readonly by: 'configuration' | 'senders';
  /** When it was first announced, ISO 8601 in UTC; null if it never was. */
  readonly announced: string | null;
  readonly columns: readonly {
    readonly name: string;
    /** The key in the metadata. */
    readonly key: string;
    readonly kind: TypeColumn['kind'];
    /** Messages in the window with a value that is none of this kind, so that the column is NULL; null as below. */
    readonly castToNull: number | null;
  }[];
  /** Messages in the window; null if there was no time to count, and NULLs are then not counted either. */
  readonly messageCount: number | null;
  /** Messages in the window with such a value in any column. */
  readonly castToNullCount: number | null;
}

export interface TypesDescription {
  /** The window in which messages are counted, by `received`. */
  readonly window: { readonly from: string; readonly to: string };
  readonly types: readonly TypeDescription[];
  /** The latest types that could not be registered, why, and how often they were announced. */
  readonly refused: readonly { readonly type: string; readonly reason: TypeRefusal; readonly count: number }[];
}

export interface DescribeTypesOptions {
  /** Epoch milliseconds. @default now */
  readonly now?: number;
  /** Length of the window. @default 86400000 */
  readonly windowMs?: number;
  /** Counting begins with no further type once it has taken so long. @default 5000 */
  readonly budgetMs?: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_BUDGET_MS = 5_000;

/** Lists the registered types, and counts what did not fit. A type with a million messages in the window takes about a second a column that is looked at. Rejects with QueryError. */
export async function describeTypes(store: Store, options: DescribeTypesOptions = {}): Promise<TypesDescription> {
  const { now = Date.now(), windowMs = DAY_MS, budgetMs = DEFAULT_BUDGET_MS } = options;
  const startedMs = performance.now();
  const from = new Date(now - windowMs).toISOString();
  const to = new Date(now).toISOString();
  const { types, refused } = await store.types();
  const described: TypeDescription[] = [];
  for (const type of types) {
    const leftMs = budgetMs - (performance.now() - startedMs);
    described.push(describe(type, leftMs > 0 ? await count(store, type, [from, to], leftMs) : undefined));
  }
  return { window: { from, to }, types: described, refused };
}

/** Of the messages, of those that fit badly, and of these for each column. */
type Counts = readonly (number | null)[];

/** Every text fits these, and every value. */
const canFail = ({ kind }: TypeColumn): boolean => kind !== 'string' && kind !== 'json';

async function count(
  store: Store,
  { view, columns }: RegisteredType,
  window: readonly [string, string],
  timeoutMs: number,
): Promise<Counts | undefined> {
  const misfits = columns.map((column, index) => {
    const misfit = canFail(column) ? `(${valueText(column)} IS NOT NULL AND (${columnSql(column)}) IS NULL)` : 'false';
    return `${misfit} AS m${index}`;
  });
  const names = columns.map((_, index) => `m${index}`);
  const counted = ['true', ['false', ...names].join(' OR '), ...names].map((test) => `count(*) FILTER (WHERE ${test})`);
  const sql = `SELECT ${counted.join(', ')} FROM (
    SELECT ${['true', ...misfits].join(', ')} FROM ${sqlName(view)} WHERE received > $1::TIMESTAMP AND received <= $2::TIMESTAMP
  )`;
  try {
    const result = await store.select(sql, window, { timeoutMs: Math.ceil(timeoutMs) });
    return result.columns.map(({ name }) => {
      const value = result.rows[0]?.[name];
      return typeof value === 'number' ? value : null;
    });
  } catch (error) {
    if (error instanceof QueryError && error.code === 'timeout') return undefined;
    throw error;
  }
}

function describe(type: RegisteredType, counts: Counts | undefined): TypeDescription {
  const [messageCount = null, castToNullCount = null, ...byColumn] = counts ?? [];
  return {
    type: type.type,
    view: type.view,
    by: type.configured ? 'configuration' : 'senders',
    announced: type.announcedMs === undefined ? null : new Date(type.announcedMs).toISOString(),
    columns: type.columns.map((column, index) => ({ ...column, castToNull: byColumn[index] ?? null })),
    messageCount,
    castToNullCount,
  };
}
