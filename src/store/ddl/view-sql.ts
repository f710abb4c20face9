import { LEADING_COLUMNS, TRAILING_COLUMNS, type RegisteredType } from '../types/registered-types.ts';
import { ESTIMATED_SQL } from '../sampling-sql.ts';
import { ddlColumns } from './column-names.ts';
import { DAY_COLUMN, type Dialect } from './dialect.ts';

/** A column: its name where it is one of `messages`, else what it is. */
type ViewColumn = string | readonly [name: string, sql: string];

const LEADING = ['timestamp', 'received', 'logger', 'severity'];
/** A query that names days reads their folders alone, so every view has the column. */
const TRAILING = ['hostname', 'pid', 'sender', 'seq', 'metadata', DAY_COLUMN];

/** The views by type, and those of registered types: their columns are those that `metlog query` has, and `dt`. */
export function viewStatements(dialect: Dialect, types: readonly RegisteredType[]): readonly string[] {
  return [...builtInViews(dialect), ...types.map((type) => typeView(dialect, type))];
}

function builtInViews(dialect: Dialect): readonly string[] {
  const { jsonText, casts } = dialect;
  const built = (view: string, type: string, own: readonly ViewColumn[]): string =>
    viewSql(dialect, view, [...LEADING, ...own, ...TRAILING], dialect.rows(type, []).from);
  const failed = `coalesce(${casts.boolean(jsonText('error'))}, false)`;
  return [
    built('counters', 'counter', ['name', 'value', 'rate', ['estimated', ESTIMATED_SQL]]),
    built('timers', 'timer', ['name', ['ms', dialect.name('value')], 'rate', ['failed', failed]]),
    built('gauges', 'gauge', ['name', 'value']),
    built('logs', 'log', ['payload']),
    built('exceptions', 'exception', [
      'error_type',
      ['error_value', jsonText('exception', 'value')],
      'fingerprint',
      ['handled', casts.boolean(jsonText('exception', 'handled'))],
      'payload',
    ]),
  ];
}

function typeView(dialect: Dialect, { type, view, columns }: RegisteredType): string {
  const own = ddlColumns(columns, [...LEADING_COLUMNS, ...TRAILING_COLUMNS, DAY_COLUMN]);
  const { from, values } = dialect.rows(type, own);
  const cast = own.map(({ name, kind }, index): ViewColumn => {
    const value = values[index] ?? 'NULL';
    return [name, kind === 'json' || kind === 'string' ? value : dialect.casts[kind](value)];
  });
  return viewSql(dialect, view, [...LEADING_COLUMNS, ...cast, ...TRAILING_COLUMNS, DAY_COLUMN], from);
}

function viewSql({ name }: Dialect, view: string, columns: readonly ViewColumn[], from: string): string {
  const selected = columns.map((column) =>
    typeof column === 'string' ? name(column) : `${column[1]} AS ${name(column[0])}`,
  );
  return `CREATE OR REPLACE VIEW ${name(view)} AS SELECT\n  ${selected.join(',\n  ')}\nFROM ${from}`;
}
