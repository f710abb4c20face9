import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Event } from '@sentry/core';
import { formatTimestamp } from '../../../core/timestamp.ts';

/** A request's body and the headers that speak of it. */
export interface EncodedEnvelope {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bodies from this size on are compressed, as Sentry's own SDK for Node does. */
const GZIP_MIN_BYTES = 32 * 1024;

const compress = promisify(gzip);

/** An envelope with one event, compressed if it is long. https://develop.sentry.dev/sdk/foundations/envelopes/ */
export async function encodeEnvelope(event: Event, nowMs: number): Promise<EncodedEnvelope> {
  const payload = JSON.stringify(event);
  const header = { event_id: event.event_id, sent_at: formatTimestamp(nowMs), sdk: event.sdk };
  const item = { type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload) };
  const body = Buffer.from(`${JSON.stringify(header)}\n${JSON.stringify(item)}\n${payload}\n`);
  const headers = { 'Content-Type': 'application/x-sentry-envelope' };
  if (body.length < GZIP_MIN_BYTES) return { body, headers };
  return { body: await compress(body), headers: { ...headers, 'Content-Encoding': 'gzip' } };
}
