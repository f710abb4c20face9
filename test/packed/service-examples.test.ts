import { describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { startExample } from '../examples/start-example.ts';

const ADDRESS = /service: (http:\S+)\/orders\/1/;

describe.each(['express', 'fastify'])('examples/%s', (name) => {
  it('shows its requests, its middleware and its error with local variables in the store', async () => {
    const { url, stored } = await startExample(name, ADDRESS);
    await (await fetch(`${url}/orders/42`)).text();
    expect((await fetch(`${url}/orders/42/invoice`)).status).toBe(500);
    await expect
      .poll(() => stored(`select distinct name from messages where logger = '${name}' and type = 'timer' order by 1`))
      .toEqual(
        [
          'handler.GET /orders/:id',
          'handler.GET /orders/:id/invoice',
          'middleware.auth',
          'request.GET /orders/:id',
          'request.GET /orders/:id/invoice',
        ].map((timer) => ({ name: timer })),
      );
    const ids = `select count(distinct json_extract_string(metadata, '$.request_id'))::double as requests from messages where logger = '${name}'`;
    await expect.poll(() => stored(ids)).toEqual([{ requests: 2 }]);
    const thrown = `select payload from messages where logger = '${name}' and type = 'exception'`;
    await expect
      .poll(async () => (await stored(thrown))[0]?.['payload'])
      .toMatch(/order = \{"id":"42","card":.*redacted/);
  });
});

describe('examples/register', () => {
  it('shows what a service that knows nothing of Metlog serves and asks for, and why it ended', async () => {
    const { url, dataDir, ended } = await startExample('register', ADDRESS);
    expect(await (await fetch(`${url}/orders/42`)).json()).toEqual({ id: '42', left: 17 });
    await (await fetch(`${url}/crash`)).text();
    await ended; // the service, and then its router, which writes what it has
    const ask = async (what: string): Promise<string> => {
      const sql = `select distinct coalesce(name, payload) as said from messages where logger = 'untouched' and ${what}`;
      return (await runCli(['query', sql, '--data-dir', dataDir, '--format', 'ndjson'])).stdout;
    };
    const timers = await ask(`type = 'timer'`);
    for (const name of ['request.GET /orders/:id', 'request.GET /stock/:id', 'client.GET 127.0.0.1:'])
      expect(timers).toContain(name);
    expect(await ask(`type = 'exception'`)).toMatch(/shelf 7 is gone.*shelf = .*redacted/);
  });
});
