import type { HttpOutcome } from '../core/http-transport.ts';
import { textOf } from '../core/text-of.ts';
import { pageGlobals } from './page-globals.ts';

/** The ways out of a page. Whatever a page has done to its globals, none of them throws. */
export interface Net {
  /** Posts `text` as `text/plain`, which asks for no preflight. With `keepalive` it outlives the page. Never rejects. */
  post(url: string, text: string, keepalive: boolean): Promise<HttpOutcome>;
  /** Hands `text` to the browser, which sends it whatever becomes of the page; false if it does not take it. */
  beacon(url: string, text: string): boolean;
  isOnline(): boolean;
}

/** An answer that takes longer counts as none, in milliseconds: it would hold its place for ever. */
export const ANSWER_TIMEOUT_MS = 30_000;

export function createNet(): Net {
  return {
    async post(url, text, keepalive) {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          body: text,
          keepalive,
          credentials: 'omit',
          cache: 'no-store',
          referrerPolicy: 'origin', // a page's path and query are its own
          ...('timeout' in AbortSignal && { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }), // Safari has it since 16
        });
        return { status: answer.status, body: await answer.text(), retryAfter: answer.headers.get('retry-after') };
      } catch (error) {
        return { failure: textOf(error) };
      }
    },
    beacon(url, text) {
      try {
        return navigator.sendBeacon(url, text);
      } catch {
        return false; // it is not there, or not as it was
      }
    },
    isOnline() {
      return pageGlobals().navigator?.onLine ?? true;
    },
  };
}
