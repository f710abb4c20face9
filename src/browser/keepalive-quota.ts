/** What may be under way that outlives the page: beacons and keepalive fetches together. */
export interface KeepaliveQuota {
  /** Takes a place for a body of so many bytes, if there is one. */
  take(bytes: number): boolean;
  /** The body has arrived, or will not. */
  give(bytes: number): void;
}

/**
 * Browsers refuse keepalive bodies past 64 KiB in flight, all of a page together; the rest is for the page's own.
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
const MAX_BYTES = 60_000;
/** Chromium refuses the tenth keepalive request of a frame, whatever its size. */
const MAX_REQUESTS = 9;

export function createKeepaliveQuota(): KeepaliveQuota {
  let bytesLeft = MAX_BYTES;
  let requestsLeft = MAX_REQUESTS;
  return {
    take(bytes) {
      if (bytes > bytesLeft || requestsLeft === 0) return false;
      bytesLeft -= bytes;
      requestsLeft -= 1;
      return true;
    },
    give(bytes) {
      bytesLeft += bytes;
      requestsLeft += 1;
    },
  };
}
