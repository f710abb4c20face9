import type { IncomingHttpHeaders } from 'node:http';
import { parseRetryAfterHeader } from '@sentry/core';
import type { Clock } from '../../../core/platform.ts';

/** Until when the server wants no events. */
export interface RateLimits {
  /** Takes down what an answer says of it, whatever its status. */
  note(status: number, headers: IncomingHttpHeaders): void;
  /** Milliseconds until events may be sent again; 0 at once. */
  waitMs(): number;
}

/** Longest that one answer can hold events back: what a server means by more is to be asked again. */
const MAX_WAIT_MS = 3_600_000;
/** What a limit without a readable time means. https://develop.sentry.dev/sdk/expected-features/rate-limiting/ */
const DEFAULT_WAIT_S = 60;
/** The category of all events that a message becomes; limits of others do not concern them. */
const CATEGORY = 'error';

/** Keeps the longest of the limits that apply. */
export function createRateLimits(clock: Clock): RateLimits {
  // By the monotonic clock: setting the system's must not lengthen a pause.
  let untilMs = 0;
  return {
    note(status, headers) {
      const waitMs = waitOf(status, headers, clock.now());
      if (waitMs > 0) untilMs = Math.max(untilMs, clock.monotonic() + Math.min(waitMs, MAX_WAIT_MS));
    },
    waitMs: () => Math.max(0, Math.ceil(untilMs - clock.monotonic())),
  };
}

/** `X-Sentry-Rate-Limits` counts alone where it stands, as it says more than `Retry-After`. */
function waitOf(status: number, headers: IncomingHttpHeaders, nowMs: number): number {
  const limits = headers['x-sentry-rate-limits'];
  if (limits !== undefined) return Math.max(0, ...String(limits).split(',').map(waitOfLimit));
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && (status === 429 || status >= 500)) return parseRetryAfterHeader(retryAfter, nowMs);
  return status === 429 ? DEFAULT_WAIT_S * 1000 : 0;
}

/** `seconds:category;category:scope:reason`; no category means all. */
function waitOfLimit(limit: string): number {
  const [seconds = '', categories = ''] = limit.trim().split(':');
  if (seconds === '' || (categories !== '' && !categories.split(';').includes(CATEGORY))) return 0;
  const parsed = Number.parseFloat(seconds);
  return (Number.isFinite(parsed) ? parsed : DEFAULT_WAIT_S) * 1000;
}
