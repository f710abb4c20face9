import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { createRelay, type Relay } from '../../../src/relay/relay.ts';
import type { RelayRules } from '../../../src/relay/relay-options.ts';
import { createTestIntake, type TestIntake } from '../../router/support/intake.ts';
import { headerLine, messageLine } from '../../router/support/lines.ts';

export const BODY = `${headerLine({ sender: 'a', seq: 0 })}\n${messageLine('one')}\n${messageLine('zwölf')}\n`;

/** A relay that hands its bodies to all that a router does with them, short of writing. */
export function relayToIntake(rules: RelayRules = {}): TestIntake & { readonly relay: Relay } {
  const router = createTestIntake(rules.keys && { keys: rules.keys, allowUnsigned: false });
  const relay = createRelay({ deliver: (body, key) => router.intake.accept(body, 'http', key), ...rules });
  return { ...router, relay };
}

/** Listens on a free port of loopback until the test has finished, and resolves to the address. */
export async function listening(
  handler: Server | ((incoming: IncomingMessage, outgoing: ServerResponse) => unknown),
): Promise<string> {
  const server = typeof handler === 'function' ? createServer((i, o) => void handler(i, o)) : handler;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What holds wherever a relay is mounted. */
export async function expectToRelay(
  url: string,
  { relay, stats, journal }: ReturnType<typeof relayToIntake>,
): Promise<void> {
  const { origin } = new URL(url);
  // As a page of the server's own origin sends.
  const sent = await fetch(url, {
    method: 'POST',
    body: BODY,
    headers: { origin, 'content-type': 'text/plain;charset=UTF-8' },
  });
  expect([sent.status, await sent.json()]).toEqual([202, { accepted: 2, refused: [] }]);
  expect(journal()).toContain('zwölf');
  const chunked = await fetch(url, {
    method: 'POST',
    body: new Blob([BODY.replace('"seq":0', '"seq":2')]).stream(),
    duplex: 'half',
  });
  expect(chunked.status).toBe(202);
  expect((await fetch(url, { method: 'POST', body: '' })).status).toBe(400);
  expect((await fetch(url, { method: 'POST', body: BODY, headers: { origin: 'https://evil.example' } })).status).toBe(
    403,
  );
  expect(stats.accepted).toBe(4);
  expect(relay.stats()).toMatchObject({ requests: 4, accepted: 2, refused: { 'nothing-valid': 1, 'bad-origin': 1 } });
}
