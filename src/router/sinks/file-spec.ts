import * as z from 'zod/mini';
import { deliveryFields, text, whole, type DeliverySpec } from './spec-fields.ts';

/** NDJSON in a file, a message a line, rotated by size: `path` is the newest, then `path.1`, `path.2`, … */
export interface FileSpec extends DeliverySpec {
  readonly kind: 'file';
  /** The file; its folder is made if need be. A relative path begins at the working folder. */
  readonly path: string;
  /** Size that a file does not pass, unless by a single message, in bytes. @default 104857600 */
  readonly maxBytes?: number;
  /** Full files that are kept beside the newest; past it the oldest is deleted. @default 5 */
  readonly keep?: number;
}

export const FILE_DEFAULTS = { maxBytes: 100 * 1024 ** 2, keep: 5 } as const;

export const fileSpecSchema: z.ZodMiniType<FileSpec> = z.strictObject({
  kind: z.literal('file', '"file"'),
  path: text('a path'),
  maxBytes: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER)),
  keep: z.exactOptional(whole(1, 1_000)),
  ...deliveryFields(),
});
