import { getRequestListener } from '@hono/node-server';
import { it } from 'vitest';
import { expectToRelay, listening, relayToIntake } from './server.ts';

it('a relay in a route handler, as Next has them, takes messages', async () => {
  const mounted = relayToIntake();
  // app/v1/messages/route.ts
  const route = {
    POST: (request: Request): Promise<Response> => mounted.relay.fetch(request),
    OPTIONS: (request: Request): Promise<Response> => mounted.relay.fetch(request),
  };
  const isHandled = (method: string): method is keyof typeof route => method in route;
  const url = await listening(
    getRequestListener(
      (request) => (isHandled(request.method) ? route[request.method](request) : new Response(null, { status: 405 })),
      { overrideGlobalObjects: false },
    ),
  );
  await expectToRelay(`${url}/v1/messages`, mounted);
});
