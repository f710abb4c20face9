import * as z from 'zod/mini';

const HOST = 'a host name such as metlog.example.com, without a port';

/** Names by which people and pages reach a server. */
export const hostsSchema: z.ZodMiniType<readonly string[] | undefined> = z.optional(
  z.array(z.string(HOST).check(z.refine(isHostName, HOST)), 'a list of host names'),
);

/** Whether a Host header can be this name: with a scheme, a port, a path or a pattern it would never be. */
export function isHostName(name: string): boolean {
  return /^[^\s/?#@:*\\]+$/.test(name) && URL.canParse(`http://${name}/`);
}
