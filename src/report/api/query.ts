import * as z from 'zod/mini';

const MAX_ROWS = 10_000;
const MAX_TIMEOUT_MS = 60_000;

interface QueryInput {
  readonly sql: string;
  readonly maxRows?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

const limit = (most: number): z.ZodMiniOptional<z.ZodMiniNumberFormat> => {
  const error = `must be a whole number from 1 to ${most}`;
  return z.optional(z.int(error).check(z.gte(1, error), z.lte(most, error)));
};

/** What `POST /api/query` takes. */
export const queryInput: z.ZodMiniType<QueryInput> = z.strictObject(
  {
    sql: z.string('must be text').check(z.minLength(1, 'must not be empty')),
    maxRows: limit(MAX_ROWS),
    timeoutMs: limit(MAX_TIMEOUT_MS),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `takes sql, maxRows and timeoutMs, got ${issue.keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ')} too`
        : 'must be an object such as {"sql":"select 1"}',
  },
);

/** What it answers: rows by the columns' names, of whatever JSON holds. */
export const queryAnswer = /* @__PURE__ */ z.strictObject({
  columns: z.readonly(z.array(z.readonly(z.strictObject({ name: z.string(), type: z.string() })))),
  rows: z.readonly(z.array(z.readonly(z.record(z.string(), z.unknown())))),
  truncated: z.boolean(),
  elapsedMs: z.number(),
});
export type QueryAnswer = z.output<typeof queryAnswer>;
