import * as z from 'zod/mini';

export const viewsInput = /* @__PURE__ */ z.strictObject({});

export const viewsAnswer = /* @__PURE__ */ z.strictObject({
  views: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          name: z.string(),
          columns: z.readonly(z.array(z.readonly(z.strictObject({ name: z.string(), type: z.string() })))),
        }),
      ),
    ),
  ),
});
export type ViewsAnswer = z.output<typeof viewsAnswer>;
