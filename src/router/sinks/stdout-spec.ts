import * as z from 'zod/mini';
import { deliveryFields, type DeliverySpec } from './spec-fields.ts';

/** NDJSON on standard output, a message a line, with the fields that `file` writes. */
export interface StdoutSpec extends DeliverySpec {
  readonly kind: 'stdout';
}

export const stdoutSpecSchema: z.ZodMiniType<StdoutSpec> = z.strictObject({
  kind: z.literal('stdout', '"stdout"'),
  ...deliveryFields(),
});
