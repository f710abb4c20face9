import * as z from 'zod/mini';

/** Events to a Sentry project, or to anything that takes its envelopes. */
export interface SentrySpec {
  readonly kind: 'sentry';
  /** Where to: `https://<public key>@<host>[:port][/path]/<project>`, http or https, as the project's settings show it. */
  readonly dsn: string;
  /** PEM file of certificates to trust beside those that Node brings, for a server with a certificate of one's own. @default none */
  readonly caFile?: string;
  /**
   * Who forms the groups: `sentry` by its own rules and those of the project, or `metlog` by its fingerprint, so that both show the same
   * groups. The fingerprint is a tag either way. @default sentry
   */
  readonly grouping?: 'sentry' | 'metlog';
  /** Requests at a time, each with one event. @default 4 */
  readonly concurrency?: number;
  /** Most messages a write. @default 500 */
  readonly batchMessages?: number;
  /** Longest a write may take, in milliseconds. @default 10000 */
  readonly deadlineMs?: number;
}

/** `scheme://key[:secret]@host[:port][/path]/project`, the project a number. https://docs.sentry.io/concepts/key-terms/dsn-explainer/ */
const DSN = /^https?:\/\/\w+(?::\w*)?@(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[\w.~-]+)*\/\d+$/i;
const WANTED_DSN = 'a DSN such as https://key@host/1';

const HOUR_MS = 3_600_000;

const whole = (min: number, max: number): z.ZodMiniType<number> => {
  const want = `a whole number from ${min} to ${max}`;
  return z
    .number(want)
    .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, { error: want, abort: true }));
};

// An option that is undefined, as an unset environment variable leaves it, is absent; the interface asks for more than that.
export const sentrySpecSchema = z.strictObject({
  kind: z.literal('sentry', '"sentry"'),
  dsn: z.string(WANTED_DSN).check(z.regex(DSN, WANTED_DSN)),
  caFile: z.optional(z.string('a path').check(z.minLength(1, 'a path'))),
  grouping: z.optional(z.enum(['sentry', 'metlog'], '"sentry" or "metlog"')),
  concurrency: z.optional(whole(1, 100)),
  batchMessages: z.optional(whole(1, 100_000)),
  deadlineMs: z.optional(whole(1, HOUR_MS)),
}) as z.ZodMiniType<SentrySpec>;
