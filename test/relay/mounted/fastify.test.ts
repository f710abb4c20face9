import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { toNodeHandler } from '../../../src/relay/node-handler.ts';
import { expectToRelay, relayToIntake } from './server.ts';

it('a relay in Fastify takes messages, and leaves the bodies of other routes to their parsers', async () => {
  const mounted = relayToIntake();
  const handle = toNodeHandler(mounted.relay);
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  // In a context of its own, in which nobody parses bodies.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.all('/v1/messages', async (request, reply) => {
      reply.hijack();
      await handle(request.raw, reply.raw);
    });
  });
  app.post('/other', async (request) => request.body);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await expectToRelay(`${url}/v1/messages`, mounted);
  const headers = { 'content-type': 'application/json' };
  const other = await fetch(`${url}/other`, { method: 'POST', body: '{"a":1}', headers });
  expect(await other.json()).toEqual({ a: 1 });
});
