import * as z from 'zod/mini';
import type { TimeWindow } from '../../store/window.ts';
import { instant } from './instant.ts';

/** Longest window that may be asked for: what retention keeps at most. */
const MAX_WINDOW_MS = 36_500 * 86_400_000;

/** The query parameters of every report over a window. */
export const WINDOW_INPUT = {
  from: instant,
  to: instant,
  logger: z.optional(z.string().check(z.maxLength(1_000))),
} as const;

export interface WindowInput {
  readonly from: number;
  readonly to: number;
  readonly logger?: string | undefined;
}

/** Why this window cannot be asked for; undefined if it can. */
export function windowProblem({ from, to }: WindowInput): string | undefined {
  if (from >= to) return 'from must be before to';
  return to - from > MAX_WINDOW_MS ? 'the window is too long' : undefined;
}

export const toWindow = ({ from, to, logger }: WindowInput): TimeWindow => ({
  fromMs: from,
  toMs: to,
  logger: logger === '' ? undefined : logger,
});
