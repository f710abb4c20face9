import * as z from 'zod/mini';

const ORIGIN = 'an origin such as https://shop.example, http://localhost:* for any port, null, or * for all';

/** Origins of pages. */
export const originsSchema: z.ZodMiniType<readonly string[] | undefined> = z.optional(
  z.array(z.string(ORIGIN).check(z.refine(isOriginEntry, ORIGIN)), 'a list of origins'),
);

/** Whether a browser can mean this entry: any other, such as one with a path, would never match. */
function isOriginEntry(entry: string): boolean {
  if (entry === '*' || entry === 'null') return true;
  const origin = entry.replace(/:\*$/, '');
  return URL.canParse(origin) && new URL(origin).origin === origin;
}
