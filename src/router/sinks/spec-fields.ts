import * as z from 'zod/mini';

/** What every sink of the configuration may say of its deliveries. */
export interface DeliverySpec {
  /** Most messages a write. @default 2000, for Sentry 500 */
  readonly batchMessages?: number;
  /** Longest a write may take, in milliseconds. @default 10000 */
  readonly deadlineMs?: number;
}

const HOUR_MS = 3_600_000;

/** A whole number within bounds. */
export const whole = (min: number, max: number): z.ZodMiniType<number> => {
  const want = `a whole number from ${min} to ${max}`;
  return z
    .number(want)
    .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, { error: want, abort: true }));
};

/** A text that is not empty. */
export const text = (want: string): z.ZodMiniType<string> => z.string(want).check(z.minLength(1, want));

/** The fields of `DeliverySpec`, for a kind's `z.strictObject`. */
export const deliveryFields = (): {
  batchMessages: z.ZodMiniExactOptional<z.ZodMiniType<number>>;
  deadlineMs: z.ZodMiniExactOptional<z.ZodMiniType<number>>;
} => ({
  batchMessages: z.exactOptional(whole(1, 100_000)),
  deadlineMs: z.exactOptional(whole(1, HOUR_MS)),
});
