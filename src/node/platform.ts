import { createHmac, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Platform } from '../core/platform.ts';

/** Longest delay that a runtime's timers take; the held interval only has to exist. */
const HOLD_MS = 2 ** 30;

/** Node as the portable code sees it. */
export function createNodePlatform(): Platform {
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    randomId: () => randomBytes(12).toString('base64url'),
    byteLength: (text) => Buffer.byteLength(text),
    hmac: (secret, text) => createHmac('sha256', secret).update(text).digest('base64url'),
    after(delayMs, task) {
      const timeout = setTimeout(task, delayMs).unref();
      return () => {
        clearTimeout(timeout);
      };
    },
    hold() {
      const interval = setInterval(() => undefined, HOLD_MS);
      return () => {
        clearInterval(interval);
      };
    },
    warn(text) {
      console.warn(text);
    },
    host: { hostname: hostname(), pid: process.pid },
  };
}
