import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { Metlog } from '../../src/core/metlog.ts';
import type { MetlogOptions } from '../../src/core/options.ts';
import type { Message } from '../../src/core/schema.ts';
import { createMetlog } from '../../src/node/client.ts';
import { startUdpReceiver } from '../node/udp-receiver.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Ends with the test. */
export function onEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export interface Watched {
  readonly metlog: Metlog;
  /** All that was sent, once nothing is on its way. */
  sent(): Promise<readonly Message[]>;
  /** The names of timers that were sent, sorted. */
  timers(): Promise<readonly string[]>;
}

/** A client and the socket that it sends to. */
export async function watch(options: MetlogOptions = {}): Promise<Watched> {
  const receiver = await startUdpReceiver();
  const metlog = createMetlog({ logger: 'shop', dest: `udp://127.0.0.1:${receiver.port}`, ...options });
  onEnd(() => receiver.close());
  onEnd(() => metlog.close());
  async function sent(): Promise<readonly Message[]> {
    await metlog.flush();
    const { sent: count } = metlog.stats;
    return receiver.receivedMessages(count);
  }
  return {
    metlog,
    sent,
    timers: async () =>
      (await sent())
        .filter(({ type }) => type === 'timer')
        .map(nameOf)
        .sort(),
  };
}

export const nameOf = ({ metadata }: Message): string => (metadata['name'] ?? '') as string;

/** The ends of the responses under way. */
const responses = new Set<Promise<unknown>>();

/** Serves on loopback until the test ends; the result is its address. */
export async function serve(listener: (...args: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    responses.add(once(response, 'close'));
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Reads the answer to its end, and waits until the server has seen it too. */
export async function get(
  url: string,
  init: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { ...init, headers: { connection: 'close', ...init.headers } });
  const text = await response.text();
  await settled();
  return { status: response.status, text };
}

/** Waits for the end of all responses. */
export async function settled(): Promise<void> {
  await Promise.all(responses);
  responses.clear();
}
