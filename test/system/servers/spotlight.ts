import { resolve } from 'node:path';
import { readServerSentEvents } from '../../../src/cli/server-sent-events.ts';
import { startServer, type Server } from './child.ts';
import { freePort } from '../../support/free-port.ts';

/** An envelope as Spotlight has parsed it: its header, then a header and a payload for each item. */
export type Envelope = readonly [
  Readonly<Record<string, unknown>>,
  readonly (readonly [{ readonly type: string }, Readonly<Record<string, unknown>>])[],
];

export interface Spotlight extends Server {
  /** A DSN of it. */
  readonly dsn: string;
  /** All envelopes that have come, the oldest first. */
  readonly envelopes: readonly Envelope[];
}

/** A receiver of Sentry's envelopes, by Sentry's own people. It checks neither keys nor limits. */
export async function startSpotlight(): Promise<Spotlight> {
  const port = await freePort();
  const server = await startServer({
    name: 'spotlight',
    command: process.execPath,
    args: [resolve('test/system/servers/spotlight-main.mjs'), String(port)],
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
  });
  const envelopes: Envelope[] = [];
  // It sends nothing, not even an answer's head, before the first envelope; and it is cut when the server ends.
  void collect(`http://127.0.0.1:${port}/stream`, envelopes).catch(() => undefined);
  return { ...server, dsn: `http://public@127.0.0.1:${port}/42`, envelopes };
}

async function collect(url: string, envelopes: Envelope[]): Promise<void> {
  const { body } = await fetch(url);
  if (body === null) throw new Error('Spotlight has no stream');
  for await (const { event, data } of readServerSentEvents(body)) {
    if (event === 'application/x-sentry-envelope') envelopes.push(JSON.parse(data) as Envelope);
  }
}
