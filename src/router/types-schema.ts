import * as z from 'zod/mini';
import {
  COLUMN_KINDS,
  isColumnKey,
  isColumnKind,
  MAX_COLUMNS,
  type ColumnKind,
  type Columns,
} from '../core/column-kind.ts';
import { columnsOfSchema } from '../core/columns-of-schema.ts';
import { isRecord } from '../core/json.ts';
import { isName } from '../core/name.ts';
import { BUILT_IN_VIEWS, MAX_TYPES, nameRefusal, viewNameOf } from '../core/registered-type.ts';
import { chosenSchema } from './chosen-schema.ts';

/** What the metadata of a type hold: each key with its kind, or a JSON Schema of them. */
export type TypeSpec =
  | Readonly<Record<string, ColumnKind>>
  | {
      readonly type: 'object';
      readonly properties: Readonly<Record<string, unknown>>;
      readonly [keyword: string]: unknown;
    };

/** Types by name. */
export type TypeSpecs = Readonly<Record<string, TypeSpec>>;

const KIND = `one of ${COLUMN_KINDS.join(', ')}`;
const KEY = 'named by 1 to 128 characters, none of them a control character';
const TYPE = `named otherwise: the view of its name is not one of ${BUILT_IN_VIEWS.join(', ')} or the database's own, and has a letter or digit`;
const KEYS = `an object of 1 to ${MAX_COLUMNS} keys, or a JSON Schema of one`;

const kindsSchema = z
  .record(z.string().check(z.refine(isColumnKey, KEY)), z.enum(COLUMN_KINDS, KIND), KEYS)
  .check(z.refine((keys) => Object.keys(keys).length > 0 && Object.keys(keys).length <= MAX_COLUMNS, KEYS));

/** `object` is no kind, so nothing else looks like a JSON Schema. */
const isSchema = (value: unknown): boolean => isRecord(value) && value['type'] === 'object';

const specSchema: z.ZodMiniType<TypeSpec> = chosenSchema<TypeSpec>((value) => {
  if (!isSchema(value)) return { schema: kindsSchema };
  const found = columnsOfSchema(value);
  return found !== undefined && found.omitted === 0
    ? 'fits'
    : { want: `${KEYS}, each ${KEY}`, got: `a JSON Schema of ${found === undefined ? 'no' : 'other'} keys` };
});

/** Registered types, as the configuration holds them. */
export const typesSchema: z.ZodMiniType<TypeSpecs> = z
  .record(
    z.string().check(z.refine((type) => isName(type) && nameRefusal(type) === undefined, TYPE)),
    specSchema,
    'an object of types by name',
  )
  .check(
    z.refine((types) => Object.keys(types).length <= MAX_TYPES, `an object of at most ${MAX_TYPES} types`),
    ({ value, issues }) => {
      const names = new Map<string, string>();
      for (const type of Object.keys(value)) {
        const view = viewNameOf(type);
        const other = names.get(view);
        const message = `named otherwise: the view ${view} is that of ${String(other)}`;
        if (other !== undefined) issues.push({ code: 'custom', message, path: [type], input: value });
        names.set(view, type);
      }
    },
  );

/** What the configuration's types come to. */
export const columnsByType = (types: TypeSpecs): ReadonlyMap<string, Columns> =>
  new Map(Object.entries(types).map(([type, spec]) => [type, columnsOfSpec(spec)]));

function columnsOfSpec(spec: TypeSpec): Columns {
  if (isSchema(spec)) return columnsOfSchema(spec)?.columns ?? new Map<string, ColumnKind>();
  return new Map(Object.entries(spec).flatMap(([key, kind]) => (isColumnKind(kind) ? [[key, kind] as const] : [])));
}
