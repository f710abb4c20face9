import { isColumnKey, joinKinds, MAX_COLUMNS, type ColumnKind, type Columns } from './column-kind.ts';
import { isRecord } from './json.ts';

/** References and alternatives inside each other that are followed. */
const MAX_DEPTH = 8;
/** Schemas that are looked at in all: alternatives that refer to each other would multiply. Past it the rest is `json`. */
const MAX_STEPS = 5_000;
/** A reference to another part of the same schema. */
const LOCAL_REF = /^#\/(\$defs|definitions)\/([^/]+)$/;

/** What a JSON Schema comes to. */
export interface SchemaColumns {
  readonly columns: Columns;
  /** Keys that are no columns: past the most that a type may have, or with a name that none may have. */
  readonly omitted: number;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * The top-level keys of an object that `schema`, a JSON Schema, describes; of alternatives those of all together. Undefined where it describes no object,
 * or one without keys. Takes any value: it may come from outside.
 */
export function columnsOfSchema(schema: unknown): SchemaColumns | undefined {
  const root = isRecord(schema) ? schema : {};
  const columns = new Map<string, ColumnKind>();
  const omitted = new Set<string>();
  let steps = 0;

  /** The schema, or the one that it refers to; undefined if there is none, or if enough were looked at. */
  function resolve(given: unknown, depth: number): Node | undefined {
    let node = given;
    for (let hops = 0; isRecord(node) && typeof node['$ref'] === 'string'; hops += 1) {
      const [, folder, name] = LOCAL_REF.exec(node['$ref']) ?? [];
      const definitions = folder === undefined ? undefined : root[folder];
      if (name === undefined || hops === MAX_DEPTH || !isRecord(definitions) || !Object.hasOwn(definitions, name))
        return undefined;
      node = definitions[name];
    }
    return isRecord(node) && depth <= MAX_DEPTH && ++steps <= MAX_STEPS ? node : undefined;
  }

  function gather(given: unknown, depth: number): void {
    const node = resolve(given, depth);
    if (node === undefined) return;
    for (const part of parts(node)) gather(part, depth + 1);
    const { properties } = node;
    if (!isRecord(properties)) return;
    for (const key of Object.keys(properties)) {
      const known = columns.get(key);
      if (known === undefined && (columns.size === MAX_COLUMNS || !isColumnKey(key))) {
        omitted.add(key);
        continue;
      }
      const kind = kindOf(properties[key], 0) ?? 'json';
      columns.set(key, known === undefined ? kind : joinKinds(known, kind));
    }
  }

  /** What a key holds; undefined if nothing but null. */
  function kindOf(given: unknown, depth: number): ColumnKind | undefined {
    const node = resolve(given, depth);
    if (node === undefined) return 'json';
    const { type, format, enum: values } = node;
    if (typeof type === 'string') return kindOfType(type, format);
    if (Array.isArray(type)) return joined(type.map((one) => kindOfType(one, format)));
    if (Array.isArray(values)) return joined(values.map(kindOfValue));
    if ('const' in node) return kindOfValue(node['const']);
    const inner = parts(node);
    return inner.length === 0 ? 'json' : joined(inner.map((part) => kindOf(part, depth + 1)));
  }

  gather(root, 0);
  return columns.size === 0 ? undefined : { columns, omitted: omitted.size };
}

/** The JSON Schema that says the same of the keys, and no more. */
export function schemaOfColumns(columns: Columns): {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Readonly<Record<string, string>>>>;
} {
  const entries = [...columns].map(([key, kind]) => [key, kindSchema(kind)] as const);
  return { type: 'object', properties: Object.fromEntries(entries) };
}

function kindSchema(kind: ColumnKind): Readonly<Record<string, string>> {
  if (kind === 'json') return {};
  return kind === 'date-time' || kind === 'date' ? { type: 'string', format: kind } : { type: kind };
}

function kindOfType(type: unknown, format: unknown): ColumnKind | undefined {
  switch (type) {
    case 'null':
      return undefined;
    case 'number':
    case 'integer':
    case 'boolean':
      return type;
    case 'string':
      return format === 'date-time' || format === 'date' ? format : 'string';
    default:
      return 'json';
  }
}

function kindOfValue(value: unknown): ColumnKind | undefined {
  if (value === null) return undefined;
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'json';
}

const joined = (kinds: readonly (ColumnKind | undefined)[]): ColumnKind | undefined =>
  kinds.reduce((one, other) => (one === undefined || other === undefined ? (one ?? other) : joinKinds(one, other)));

/** Schemas of which one or all hold. */
const parts = (node: Node): readonly unknown[] =>
  ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => listOf(node[keyword]));

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
