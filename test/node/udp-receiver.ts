import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isChunk } from '../../src/core/chunks.ts';
import { createReassembly } from '../../src/router/input/chunks.ts';
import { createInputStats } from '../../src/router/input/counters.ts';
import { readMessages } from '../../src/testing/memory-transport.ts';
import { REPORT_TYPE } from '../../src/core/report.ts';
import type { Message } from '../../src/core/schema.ts';

/** A socket that keeps what it receives, as a router would. */
export interface UdpReceiver {
  readonly port: number;
  /** What came, chunks put together. */
  readonly texts: readonly string[];
  /** How long the datagrams were in which it came, in bytes. */
  readonly lengths: readonly number[];
  /** What the application said: without the reports of its senders. */
  messages(): readonly Message[];
  /** Waits until at least `count` datagrams have come. */
  received(count: number): Promise<readonly string[]>;
  /** Waits until at least `count` messages have come. */
  receivedMessages(count: number): Promise<readonly Message[]>;
  close(): Promise<void>;
}

export async function startUdpReceiver({ port = 0, host = '127.0.0.1' } = {}): Promise<UdpReceiver> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const texts: string[] = [];
  const lengths: number[] = [];
  const reassembly = createReassembly(createInputStats(), () => performance.now());
  let wake = (): void => undefined;
  socket.on('message', (bytes, source) => {
    lengths.push(bytes.length);
    const whole = isChunk(bytes) ? reassembly.take(bytes, String(source.port)) : bytes;
    if (whole) texts.push(Buffer.from(whole).toString('utf8'));
    wake();
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  const messages = (): readonly Message[] =>
    texts.flatMap((text) => readMessages(text)).filter(({ type }) => type !== REPORT_TYPE);

  async function until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
  }

  return {
    port: socket.address().port,
    texts,
    lengths,
    messages,
    async received(count) {
      await until(() => texts.length >= count);
      return texts;
    },
    async receivedMessages(count) {
      await until(() => messages().length >= count);
      return messages();
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
