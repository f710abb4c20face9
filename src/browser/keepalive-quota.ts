import type { Platform } from '../core/platform.ts';

/** What may be under way that outlives the page: beacons and keepalive fetches together. */
export interface KeepaliveQuota {
  /** Takes a place for a body, if there is one. Returns its bytes, or 0. */
  take(body: string): number;
  /** The bytes of the largest body that there is a place for. */
  readonly bytesLeft: number;
  /** A body of so many bytes has arrived, or will not. */
  give(bytes: number): void;
}

/**
 * Browsers refuse keepalive bodies past 64 KiB in flight, all of a page together; the rest is for the page's own.
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
const MAX_BYTES = 60_000;
/** Chromium refuses the tenth keepalive request of a frame, whatever its size. */
const MAX_REQUESTS = 9;

export function createKeepaliveQuota({ byteLength }: Pick<Platform, 'byteLength'>): KeepaliveQuota {
  let bytesLeft = MAX_BYTES;
  let requestsLeft = MAX_REQUESTS;
  return {
    get bytesLeft() {
      return requestsLeft > 0 ? bytesLeft : 0;
    },
    take(body) {
      // It has no fewer bytes than units, which cost nothing to count.
      const bytes = requestsLeft > 0 && body.length <= bytesLeft ? byteLength(body) : Infinity;
      if (bytes > bytesLeft) return 0;
      bytesLeft -= bytes;
      requestsLeft -= 1;
      return bytes;
    },
    give(bytes) {
      bytesLeft += bytes;
      requestsLeft += 1;
    },
  };
}
