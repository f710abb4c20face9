import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { StatsdSpec } from '../../../src/router/sinks/statsd-spec.ts';
import { createStatsdSink } from '../../../src/router/sinks/statsd.ts';
import { sinkContract } from '../../../src/testing/index.ts';
import { freePort } from '../../support/free-port.ts';
import { aMessage } from './a-message.ts';
import { sinkContext } from './sink-context.ts';
import { startTcpReceiver, startUdpReceiver, type StatsdReceiver } from './statsd-receiver.ts';

const open = new AbortController().signal;

function createSink(spec: Omit<StatsdSpec, 'kind'>) {
  const context = sinkContext('statsd');
  return { sink: createStatsdSink({ kind: 'statsd', ...spec }, context), warnings: context.warnings };
}

function contractOf(protocol: 'udp' | 'tcp', start: (port?: number) => Promise<StatsdReceiver>) {
  async function make() {
    let receiver = await start();
    const { port } = receiver;
    return {
      ...createSink({ port, protocol }),
      received: (count: number) => receiver.lines(count),
      shown: (messages: readonly ReceivedMessage[]) => messages.map(({ payload }) => `shop.login.ok:${payload}|c`),
      takes: ({ payload }: ReceivedMessage) => /^\d+$/.test(payload),
      dispose: () => receiver.close(),
      stop: () => receiver.close(),
      mend: async () => void (receiver = await start(port)),
    };
  }
  async function makeFailing() {
    const made = await make();
    await made.stop();
    return made;
  }
  return sinkContract(make, { makeFailing });
}

describe('a statsd sink by UDP', () => {
  it.each(contractOf('udp', startUdpReceiver))('$name', ({ run }) => run());

  it('writes each kind of metric as statsd reads it, many to a datagram', async () => {
    const receiver = await startUdpReceiver();
    const { sink } = createSink({ port: receiver.port, tags: ['country'] });
    const result = await sink.write(
      [
        aMessage({ metadata: { name: 'login.ok', rate: 0.1, country: 'de' } }),
        aMessage({ type: 'timer', payload: '12.25', metadata: { name: 'auth', rate: 1 } }),
        aMessage({ type: 'gauge', payload: '17', metadata: { name: 'depth' } }),
        aMessage({ type: 'gauge', payload: '-5', metadata: { name: 'balance', country: 'fr' } }),
        aMessage({ type: 'log', payload: 'hello' }),
      ],
      open,
    );
    expect(result).toEqual({ refused: [{ index: 4, reason: 'it is no counter, timer or gauge' }] });
    await receiver.lines(5);
    expect(receiver.texts).toEqual([
      [
        'shop.login.ok:1|c|@0.1|#country:de',
        'shop.auth:12.25|ms',
        'shop.depth:17|g',
        'shop.balance:0|g|#country:fr',
        'shop.balance:-5|g|#country:fr',
      ].join('\n'),
    ]);
    await sink.close();
  });

  it('lets a batch wait for a statsd that is down, and delivers it when it is back', async () => {
    const first = await startUdpReceiver(await freePort());
    const { sink } = createSink({ port: first.port });
    await sink.write([aMessage()], open);
    await first.close();
    const down = new RegExp(`^nobody listens at udp://127\\.0\\.0\\.1:${first.port}$`);
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(sink.write([aMessage({ payload: '2' })], open)).rejects.toThrow(down);
    }
    const second = await startUdpReceiver(first.port);
    await sink.write([aMessage({ payload: '2' })], open);
    expect(await second.lines(1)).toEqual(['shop.login.ok:2|c']);
    await sink.close();
  });

  it('leaves out what would be a name too many, counts it, and says so once', async () => {
    const receiver = await startUdpReceiver();
    const { sink, warnings } = createSink({ port: receiver.port, maxNames: 2 });
    const batch = ['a', 'b', 'c', 'a', 'd'].map((name) => aMessage({ metadata: { name } }));
    expect(await sink.write(batch, open)).toEqual({});
    expect(await sink.write(batch, open)).toEqual({});
    expect(await receiver.lines(6)).toEqual(['a', 'b', 'a', 'a', 'b', 'a'].map((name) => `shop.${name}:1|c`));
    expect(sink.leftOut).toEqual({ cardinality: 4 });
    expect(warnings).toEqual(['there are 2 metrics by now (maxNames); messages of any other are left out']);
    await sink.close();
  });

  it('counts nothing as left out that comes again', async () => {
    const { sink } = createSink({ port: await freePort(), maxNames: 1 });
    const batch = ['a', 'b'].map((name) => aMessage({ metadata: { name } }));
    await expect(sink.write(batch, open)).rejects.toThrow('nobody listens');
    expect(sink.leftOut).toEqual({ cardinality: 0 });
    await sink.close();
  });

  it('refuses a line that no datagram holds, and sends the rest', async () => {
    const receiver = await startUdpReceiver();
    const { sink } = createSink({ port: receiver.port, maxDatagramBytes: 97 });
    const long = aMessage({ metadata: { name: 'x'.repeat(90) } });
    expect(await sink.write([aMessage(), long, aMessage()], open)).toEqual({
      refused: [{ index: 1, reason: 'its line has 99 bytes, and a datagram 97 at most' }],
    });
    await sink.close();
  });
});

describe('a statsd sink by TCP', () => {
  it.each(contractOf('tcp', startTcpReceiver))('$name', ({ run }) => run());

  it('connects anew after the server has gone', async () => {
    const first = await startTcpReceiver(await freePort());
    const { sink } = createSink({ port: first.port, protocol: 'tcp' });
    await sink.write([aMessage()], open);
    await first.lines(1);
    await first.close();
    await expect(sink.write([aMessage({ payload: '2' })], open)).rejects.toThrow();
    const second = await startTcpReceiver(first.port);
    await sink.write([aMessage({ payload: '2' })], open);
    expect(await second.lines(1)).toEqual(['shop.login.ok:2|c']);
    await sink.close();
  });

  it('stops a write to a server that does not read, and sends all of it again through a new connection', async () => {
    const stuck = await startTcpReceiver(await freePort(), { reads: false });
    const { sink } = createSink({ port: stuck.port, protocol: 'tcp' });
    const batch = Array.from({ length: 1_000 }, () => aMessage({ metadata: { name: 'x'.repeat(1_000) } }));
    const stopped = new AbortController();
    // The system takes some megabytes before it has enough; then a write stays open.
    let written = sink.write(batch, stopped.signal);
    const isStuck = async () => {
      const first = await Promise.race([written, new Promise((resolve) => setTimeout(resolve, 300, 'stuck'))]);
      if (first !== 'stuck') written = sink.write(batch, stopped.signal);
      return first === 'stuck';
    };
    await expect.poll(isStuck, { interval: 0 }).toBe(true);
    stopped.abort();
    await expect(written).rejects.toThrow('it took too long');
    await stuck.close();
    const reading = await startTcpReceiver(stuck.port);
    await sink.write([aMessage()], open);
    expect(await reading.lines(1)).toEqual(['shop.login.ok:1|c']);
    await sink.close();
  });
});
