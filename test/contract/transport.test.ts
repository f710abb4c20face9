import { describe, it } from 'vitest';
import { createHttpTransport } from '../../src/core/http-transport.ts';
import { withRetry } from '../../src/core/with-retry.ts';
import { createHttpPoster } from '../../src/node/http-post.ts';
import { createNodePlatform } from '../../src/node/platform.ts';
import { createUdpTransport } from '../../src/node/udp-transport.ts';
import type { Transport } from '../../src/testing/index.ts';
import { createManualPlatform, createMemoryTransport, transportContract } from '../../src/testing/index.ts';
import { startHttpReceiver } from '../node/http-receiver.ts';
import { startUdpReceiver } from '../node/udp-receiver.ts';

describe('a UDP transport', () => {
  const cases = transportContract({
    async make() {
      const receiver = await startUdpReceiver();
      const transport = createUdpTransport({ host: '127.0.0.1', port: receiver.port }, createNodePlatform());
      return { transport, received: receiver.received, dispose: receiver.close };
    },
    async makeUnheard() {
      const receiver = await startUdpReceiver();
      await receiver.close();
      return createUdpTransport({ host: '127.0.0.1', port: receiver.port }, createNodePlatform());
    },
  });
  for (const { name, run } of cases) it(name, run);
});

describe('an HTTP transport in Node', () => {
  function open(url: string): Transport {
    return createHttpTransport({ url, datagramBytes: 64 * 1024, ...createHttpPoster() }, createNodePlatform());
  }
  const cases = transportContract({
    async make() {
      const receiver = await startHttpReceiver();
      return {
        transport: open(`${receiver.origin}/v1/messages`),
        received: async (count) => (await receiver.received(count)).map(({ body }) => body),
        dispose: receiver.close,
      };
    },
    async makeUnheard() {
      const receiver = await startHttpReceiver();
      await receiver.close();
      return open(receiver.origin);
    },
  });
  for (const { name, run } of cases) it(name, run);
});

describe('a memory transport', () => {
  const cases = transportContract({ make: async () => memorySubject((transport) => transport) });
  for (const { name, run } of cases) it(name, run);
});

describe('a transport with retries', () => {
  const retry = { maxAttempts: 3, baseMs: 10, maxMs: 100 };
  const cases = transportContract({
    make: async () => memorySubject((transport) => withRetry(transport, retry, createManualPlatform())),
  });
  for (const { name, run } of cases) it(name, run);
});

function memorySubject(wrap: (transport: Transport) => Transport) {
  const memory = createMemoryTransport(createManualPlatform());
  return { transport: wrap(memory), received: async () => memory.datagrams, dispose: async () => undefined };
}
