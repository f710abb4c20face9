import express from 'express';
import { describe, expect, it } from 'vitest';
import { toNodeHandler } from '../../../src/relay/node-handler.ts';
import { BODY, expectToRelay, listening, relayToIntake } from './server.ts';

describe('a relay in Express', () => {
  it('takes messages at the path that it is given', async () => {
    const mounted = relayToIntake();
    const app = express();
    app.all('/v1/messages', toNodeHandler(mounted.relay));
    app.get('/', (_request, response) => void response.send('shop'));
    const url = await listening(app);
    await expectToRelay(`${url}/v1/messages`, mounted);
    expect(await (await fetch(url)).text()).toBe('shop');
  });

  it.each([
    ['JSON', express.json()],
    ['text', express.text({ type: '*/*' })],
    ['bytes', express.raw({ type: '*/*' })],
  ])('does so behind a parser of %s', async (_what, parser) => {
    const { relay, stats } = relayToIntake();
    const app = express();
    app.use(parser);
    app.use('/metlog', toNodeHandler(relay));
    const url = await listening(app);
    expect((await fetch(`${url}/metlog?key=x`, { method: 'POST', body: BODY })).status).toBe(202);
    expect(stats.accepted).toBe(2);
  });

  it('knows the client by its socket', async () => {
    const { relay } = relayToIntake({ limits: { ratePerSecond: 1, burst: 1 }, trustProxy: 1 });
    const app = express();
    app.all('/metlog', toNodeHandler(relay));
    const url = `${await listening(app)}/metlog`;
    const status = async (forwardedFor?: string): Promise<number> => {
      const headers: Record<string, string> = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
      return (await fetch(url, { method: 'POST', body: BODY, headers })).status;
    };
    expect([await status(), await status()]).toEqual([202, 429]);
    expect([await status('198.51.100.1'), await status('forged, 198.51.100.1')]).toEqual([202, 429]);
  });
});
