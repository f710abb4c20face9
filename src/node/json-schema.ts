import * as z from 'zod/mini';
import { isRecord } from '../core/json.ts';
import type { StandardSchema } from '../core/standard-schema.ts';

/**
 * The JSON Schema of what `schema` takes: of one of zod's, or of any with the Standard JSON Schema interface; undefined of any other. What JSON Schema cannot say
 * is left open. Throws what a schema of somebody's throws. https://standardschema.dev/json-schema
 */
export function jsonSchemaOf(schema: StandardSchema): unknown {
  // By this copy of zod, which sees to dates as well; the application's may be another one.
  if (isZod(schema)) return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: nameDates });
  const jsonSchema: unknown = Reflect.get(schema['~standard'], 'jsonSchema');
  if (!isRecord(jsonSchema) || !isConverter(jsonSchema['input'])) return undefined;
  return jsonSchema['input']({ target: 'draft-2020-12' });
}

function isZod(schema: unknown): schema is z.core.$ZodType {
  return isRecord(schema) && isRecord(schema['_zod']);
}

type Converter = (options: { readonly target: string }) => unknown;
const isConverter = (value: unknown): value is Converter => typeof value === 'function';

/** Dates and big integers travel as text. */
function nameDates({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const { type } = zodSchema._zod.def;
  if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
  if (type === 'bigint') Object.assign(jsonSchema, { type: 'string' });
}
