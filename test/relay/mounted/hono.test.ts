import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import { expect, it } from 'vitest';
import { BODY, expectToRelay, listening, relayToIntake } from './server.ts';

it('a relay in Hono takes messages, and is told the address', async () => {
  const mounted = relayToIntake();
  const limited = relayToIntake({ limits: { ratePerSecond: 1, burst: 1 } });
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all('/v1/messages', (context) =>
    mounted.relay.fetch(context.req.raw, { address: context.env.incoming.socket.remoteAddress }),
  );
  app.all('/limited', (context) =>
    limited.relay.fetch(context.req.raw, { address: context.env.incoming.socket.remoteAddress }),
  );
  const url = await listening(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server);
  await expectToRelay(`${url}/v1/messages`, mounted);
  const status = async (): Promise<number> => (await fetch(`${url}/limited`, { method: 'POST', body: BODY })).status;
  expect([await status(), await status()]).toEqual([202, 429]);
});
