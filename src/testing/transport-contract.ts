import assert from 'node:assert/strict';
import type { Datagram, Transport } from '../core/transport.ts';
import type { ContractCase } from './contract.ts';

/** A transport to be held to its contract, and the other side of it. */
export interface TransportSubject {
  readonly transport: Transport;
  /** The texts that arrived, once there are at least `count`. */
  received(count: number): Promise<readonly string[]>;
  /** Releases the other side. */
  dispose(): Promise<void>;
}

export interface TransportContractOptions {
  /** A transport whose other side takes everything. */
  make(): Promise<TransportSubject>;
  /** A transport that nobody listens to. Left out where there is no such thing. */
  readonly makeUnheard?: (() => Promise<Transport>) | undefined;
}

/** What every `Transport` promises. */
export function transportContract({ make, makeUnheard }: TransportContractOptions): readonly ContractCase[] {
  function withSubject(test: (subject: TransportSubject) => Promise<void>): () => Promise<void> {
    return async () => {
      const subject = await make();
      try {
        await test(subject);
      } finally {
        await subject.transport.close();
        await subject.dispose();
      }
    };
  }

  const cases: ContractCase[] = [
    {
      name: 'fills datagrams to no more than one may carry',
      run: withSubject(({ transport }) => {
        assert.ok(transport.datagramBytes > 0);
        assert.ok(transport.datagramBytes <= transport.maxBytes);
        return Promise.resolve();
      }),
    },
    {
      name: 'delivers a datagram as it was encoded, and says that it was sent',
      run: withSubject(async ({ transport, received }) => {
        const result = await transport.send(datagram(0, 'one é 😀'));
        assert.equal(result.status, 'sent');
        assert.deepEqual((await received(1)).map(withoutTime), ['{"seq":0}\none é 😀\n']);
      }),
    },
    {
      name: 'encodes with the time of the attempt',
      run: withSubject(async ({ transport, received }) => {
        await transport.send({ ...datagram(0, ''), encode: (sentMs) => `at ${sentMs}` });
        assert.match((await received(1))[0] ?? '', /^at \d{12,14}$/);
      }),
    },
    {
      name: 'delivers each of many datagrams once',
      run: withSubject(async ({ transport, received }) => {
        const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
        const results = await Promise.all(texts.map((text, index) => transport.send(datagram(index, text))));
        assert.ok(results.every((result) => result.status === 'sent'));
        const arrived = (await received(texts.length)).map(withoutTime);
        assert.deepEqual([...arrived].sort(), texts.map((text, index) => `{"seq":${index}}\n${text}\n`).sort());
      }),
    },
    {
      name: 'carries a datagram of the size that it fills',
      run: withSubject(async ({ transport, received }) => {
        const text = 'x'.repeat(transport.datagramBytes);
        const result = await transport.send({ seq: 0, count: 1, encode: () => text });
        assert.equal(result.status, 'sent');
        assert.deepEqual(await received(1), [text]);
      }),
    },
    {
      name: 'settles what is under way when it is closed',
      run: withSubject(async ({ transport }) => {
        const underWay = [transport.send(datagram(0, 'a')), transport.send(datagram(1, 'b'))];
        await transport.close();
        assert.equal((await Promise.all(underWay)).length, 2);
      }),
    },
    {
      name: 'does not send after it was closed, says so, and closes twice without harm',
      run: withSubject(async ({ transport }) => {
        await transport.close();
        await transport.close();
        const result = await transport.send(datagram(0, 'late'));
        assert.notEqual(result.status, 'sent');
      }),
    },
  ];
  if (!makeUnheard) return cases;
  return [
    ...cases,
    {
      name: 'asks to try again where nobody listens, with a reason and a sentence',
      async run() {
        const transport = await makeUnheard();
        const result = await transport.send(datagram(0, 'hello?'));
        await transport.close();
        assert.equal(result.status, 'retry');
        assert.ok(result.reason === 'unreachable' && result.cause.length > 0);
      },
    },
  ];
}

function datagram(seq: number, text: string): Datagram {
  return { seq, count: 1, encode: (sentMs) => `{"seq":${seq},"sent":${sentMs}}\n${text}\n` };
}

function withoutTime(text: string): string {
  return text.replace(/,"sent":\d+/, '');
}
