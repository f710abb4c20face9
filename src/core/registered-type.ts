import { encodeLine } from './encode.ts';
import type { Columns } from './column-kind.ts';
import { schemaOfColumns } from './columns-of-schema.ts';
import { DEFAULT_SEVERITY } from './severity.ts';
import { formatTimestamp } from './timestamp.ts';

/**
 * The type of a message that announces another type: its metadata are `type`, the type's name, and `schema`, the JSON Schema of its metadata. Its timestamp says
 * when its sender first announced it, also where it is said again: so the schema of an older version of an application, which still runs beside the newer one,
 * does not win over the newer one's.
 */
export const SCHEMA_TYPE = 'metlog.schema';

/** Types with a view of their own. */
export const MAX_TYPES = 200;

/** The views that every archive has. */
export const BUILT_IN_VIEWS = ['messages', 'counters', 'timers', 'gauges', 'logs', 'exceptions'] as const;

/** Views that the store makes for itself, and which no query may name. */
const OWN_VIEWS: readonly string[] = ['archived', 'hours'];
/** Types that have a built-in view. */
const BUILT_IN_TYPES: readonly string[] = ['counter', 'timer', 'gauge', 'log', 'exception'];
/** Names under which DuckDB and PostgreSQL keep their own books, which nobody is to mistake for views. */
const SYSTEM_VIEWS = /^(?:duckdb|sqlite|pg|pragma|information_schema)_/;

/** Why a type is not registered. */
export const TYPE_REFUSALS = ['built-in', 'bad-name', 'name-taken', 'too-many', 'no-schema'] as const;
export type TypeRefusal = (typeof TYPE_REFUSALS)[number];

/** The name of a type's view: `order.placed` has `order_placed`. */
export function viewNameOf(type: string): string {
  const name = type.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Why no type of this name can have a view; undefined if it can. */
export function nameRefusal(type: string): TypeRefusal | undefined {
  const view = viewNameOf(type);
  const isTaken = OWN_VIEWS.includes(view) || BUILT_IN_VIEWS.some((name) => name === view);
  if (isTaken || BUILT_IN_TYPES.includes(type) || type.startsWith('metlog.')) return 'built-in';
  return /[a-z0-9]/.test(view) && !SYSTEM_VIEWS.test(view) ? undefined : 'bad-name';
}

/** The line that announces a type. */
export function encodeAnnouncement(type: string, columns: Columns, firstMs: number): string {
  return encodeLine({
    type: SCHEMA_TYPE,
    timestamp: formatTimestamp(firstMs),
    severity: DEFAULT_SEVERITY,
    payload: '',
    metadata: { type, schema: schemaOfColumns(columns) },
  });
}
