import { dsnFromString, getEnvelopeEndpointWithUrlEncodedAuth } from '@sentry/core';
import { VERSION } from './version.ts';

/** Where envelopes go, and what each request says of the sender. Made of the configuration alone. */
export interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const CLIENT = { name: 'metlog', version: VERSION };

/** Reads a DSN that the configuration's schema has checked. The key stands in both places where receivers look for it. */
export function targetOf(dsn: string): Target {
  const parts = dsnFromString(dsn);
  if (!parts) throw new TypeError('not a DSN');
  const client = `${CLIENT.name}/${CLIENT.version}`;
  return {
    url: new URL(getEnvelopeEndpointWithUrlEncodedAuth(parts, undefined, CLIENT)),
    headers: {
      'User-Agent': client,
      'X-Sentry-Auth': `Sentry sentry_version=7, sentry_key=${parts.publicKey ?? ''}, sentry_client=${client}`,
    },
  };
}
