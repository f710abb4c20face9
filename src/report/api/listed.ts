import * as z from 'zod/mini';

/** A parameter that may stand more than once, as a list. */
export const listed = /* @__PURE__ */ z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);
