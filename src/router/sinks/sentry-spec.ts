import * as z from 'zod/mini';
import { deliveryFields, text, whole, type DeliverySpec } from './spec-fields.ts';

/** Events to a Sentry project, or to anything that takes its envelopes. */
export interface SentrySpec extends DeliverySpec {
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
}

/** `scheme://key[:secret]@host[:port][/path]/project`, the project a number. https://docs.sentry.io/concepts/key-terms/dsn-explainer/ */
const DSN = /^https?:\/\/\w+(?::\w*)?@(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[\w.~-]+)*\/\d+$/i;
const WANTED_DSN = 'a DSN such as https://key@host/1';

export const sentrySpecSchema: z.ZodMiniType<SentrySpec> = z.strictObject({
  kind: z.literal('sentry', '"sentry"'),
  dsn: z
    .string(WANTED_DSN)
    .check(z.refine((dsn) => DSN.test(dsn) && URL.canParse(dsn), { error: WANTED_DSN, abort: true })),
  caFile: z.exactOptional(text('a path')),
  grouping: z.exactOptional(z.enum(['sentry', 'metlog'], '"sentry" or "metlog"')),
  concurrency: z.exactOptional(whole(1, 100)),
  ...deliveryFields(),
});
