import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sinkContract } from 'metlog/testing';
import { describe, expect, it } from 'vitest';
import { webhook } from '../../examples/custom-sink/webhook.ts';
import { runCli } from '../cli/run-cli.ts';
import { aMessage } from '../router/sinks/a-message.ts';
import { sinkContext } from '../router/sinks/sink-context.ts';

/** A webhook that answers with this status, or not at all, until it is mended. */
async function startWebhook(answer: number | 'silence') {
  const messages: unknown[] = [];
  let current = answer;
  const server = createServer((request, response) => {
    if (current === 'silence') return;
    void text(request).then((body) => {
      if (current === 204) messages.push(...(JSON.parse(body) as unknown[]));
      response.writeHead(current as number).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    sink: await webhook(`http://127.0.0.1:${port}/alerts`)(sinkContext('alerts')),
    received: async () => messages,
    mend: async () => void (current = 204),
    async dispose() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('examples/custom-sink', () => {
  const cases = sinkContract(() => startWebhook(204), {
    makeFailing: () => startWebhook(503),
    makeSilent: () => startWebhook('silence'),
  });
  it.each(cases)('$name', ({ run }) => run());

  it('refuses what the webhook will never take', async () => {
    const { sink, dispose } = await startWebhook(400);
    const reason = 'the webhook answered 400';
    expect(await sink.write([aMessage(), aMessage()], new AbortController().signal)).toEqual({
      refused: [
        { index: 0, reason },
        { index: 1, reason },
      ],
    });
    await sink.close();
    await dispose();
  });

  it('has a configuration that is right', async () => {
    const cwd = new URL('../../examples/custom-sink', import.meta.url).pathname;
    expect(await runCli(['check'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  });
});
