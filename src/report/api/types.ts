import * as z from 'zod/mini';
import { COLUMN_KINDS } from '../../core/column-kind.ts';
import { TYPE_REFUSALS } from '../../core/registered-type.ts';
import { WINDOW_INPUT } from './time-window.ts';

export const typesInput = /* @__PURE__ */ z.strictObject({ ...WINDOW_INPUT });

const count = /* @__PURE__ */ z.nullable(z.number());

export const typesAnswer = /* @__PURE__ */ z.strictObject({
  /** Those of the configuration first, then in the order in which they were announced. Counts are null where there was no time for them. */
  types: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          type: z.string(),
          /** The name to select from. */
          view: z.string(),
          by: z.enum(['configuration', 'senders']),
          /** When it was first announced; null if it never was. */
          announced: z.nullable(z.string()),
          columns: z.readonly(
            z.array(
              z.readonly(
                z.strictObject({
                  name: z.string(),
                  /** In the metadata. */
                  key: z.string(),
                  kind: z.enum(COLUMN_KINDS),
                  /** Messages in the window whose value is none of this kind, so that the column is NULL. */
                  castToNull: count,
                }),
              ),
            ),
          ),
          /** Messages in the window. */
          messageCount: count,
          /** Those of them with such a value in any column. */
          castToNullCount: count,
        }),
      ),
    ),
  ),
  /** The latest types that could not be registered, and how often each was announced. */
  refused: z.readonly(
    z.array(z.readonly(z.strictObject({ type: z.string(), reason: z.enum(TYPE_REFUSALS), count: z.number() }))),
  ),
});
export type TypesAnswer = z.output<typeof typesAnswer>;
