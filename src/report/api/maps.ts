import * as z from 'zod/mini';

/** A release or a path; how they may be written, the router says. */
const name = /* @__PURE__ */ z.string('is missing: /api/maps?release=R&path=P');

/** The query string of `POST /api/maps`, whose body is the source map. */
export const mapInput = /* @__PURE__ */ z.strictObject({
  release: name,
  path: name,
  /** Of the script, a UUID. */
  debug_id: z.optional(z.string()),
});
