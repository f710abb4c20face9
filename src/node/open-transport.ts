import { createHttpTransport } from '../core/http-transport.ts';
import type { Destination } from '../core/options.ts';
import type { Platform } from '../core/platform.ts';
import type { Transport } from '../core/transport.ts';
import { withRetry } from '../core/with-retry.ts';
import { parseDest } from './dest.ts';
import { createHttpPoster } from './http-post.ts';
import { createUdpTransport } from './udp-transport.ts';

/** A request over HTTP costs a round trip, so it carries more than a datagram. */
const HTTP_BODY_BYTES = 64 * 1024;
/** A refused datagram is sent once more; the router deduplicates. */
const UDP_RETRY = { maxAttempts: 2, baseMs: 250, maxMs: 250 };
const HTTP_RETRY = { maxAttempts: 5, baseMs: 500, maxMs: 10_000 };

/** The transport for `dest` in Node, or a sentence on why there is none. Opens nothing before the first message. */
export function openNodeTransport(
  dest: Destination,
  datagramBytes: number | undefined,
  platform: Platform,
): Transport | string {
  const parsed = parseDest(dest);
  if (typeof parsed === 'string') return parsed;
  if (parsed.kind === 'udp')
    return withRetry(createUdpTransport({ ...parsed, datagramBytes }, platform), UDP_RETRY, platform);
  const transport = createHttpTransport(
    { url: parsed.url, datagramBytes: datagramBytes ?? HTTP_BODY_BYTES, ...createHttpPoster() },
    platform,
  );
  return withRetry(transport, HTTP_RETRY, platform);
}
