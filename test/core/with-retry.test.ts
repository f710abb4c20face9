import { describe, expect, it } from 'vitest';
import type { Datagram, SendResult } from '../../src/core/transport.ts';
import { withRetry } from '../../src/core/with-retry.ts';
import { createManualPlatform, createMemoryTransport } from '../../src/testing/index.ts';

const BUSY: SendResult = { status: 'retry', reason: 'send-failed', cause: 'busy' };
const datagram: Datagram = { seq: 0, count: 1, encode: (sentMs) => `sent ${sentMs}` };

function setUp(randoms: readonly number[] = [0.5]) {
  const platform = createManualPlatform({ nowMs: 0, randoms });
  const memory = createMemoryTransport(platform);
  const transport = withRetry(memory, { maxAttempts: 4, baseMs: 100, maxMs: 300 }, platform);
  const results: SendResult[] = [];
  return {
    platform,
    memory,
    transport,
    results,
    send: () => void transport.send(datagram).then((result) => results.push(result)),
  };
}

describe('withRetry', () => {
  it('is as large as the transport within', () => {
    const { memory, transport } = setUp();
    expect([transport.datagramBytes, transport.maxBytes]).toEqual([memory.datagramBytes, memory.maxBytes]);
  });

  it('tries again after a random part of a pause that doubles, up to its limit', async () => {
    const { platform, memory, send, results } = setUp();
    memory.next(BUSY, BUSY, BUSY);
    send();
    for (const pauseMs of [50, 100, 150]) {
      const attempts = memory.attemptCount;
      await platform.settle();
      platform.advance(pauseMs - 1);
      await platform.settle();
      expect(memory.attemptCount).toBe(attempts);
      platform.advance(1);
      await platform.settle();
      expect(memory.attemptCount).toBe(attempts + 1);
    }
    expect(results).toEqual([{ status: 'sent' }]);
    expect(memory.datagrams).toEqual(['sent 300']); // encoded anew at its last attempt
  });

  it('waits as long as the other side asks for, and a random while more', async () => {
    const { platform, memory, send } = setUp();
    memory.next({ status: 'retry', reason: 'send-failed', cause: 'busy', afterMs: 5_000 });
    send();
    await platform.settle();
    platform.advance(4_999);
    await platform.settle();
    expect(memory.attemptCount).toBe(1);
    platform.advance(60_000);
    await platform.settle();
    expect(memory.attemptCount).toBe(2);
  });

  it('gives up after its last attempt, with the reason of that one', async () => {
    const { platform, memory, send, results } = setUp();
    memory.next(BUSY, BUSY, BUSY, { status: 'retry', reason: 'unreachable', cause: 'gone' });
    send();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await platform.settle();
      platform.advance(300);
    }
    await platform.settle();
    expect(results).toEqual([{ status: 'refused', reason: 'unreachable', cause: 'gone' }]);
    expect(memory.attemptCount).toBe(4);
  });

  it('takes a refusal for good as it is', async () => {
    const { platform, memory, send, results } = setUp();
    memory.next({ status: 'refused', reason: 'refused', cause: 'no' });
    send();
    await platform.settle();
    expect(results).toEqual([{ status: 'refused', reason: 'refused', cause: 'no' }]);
    expect(platform.timerCount).toBe(0);
  });

  it('makes one last attempt when it is closed, then settles and leaves no timer', async () => {
    const { platform, memory, transport, send, results } = setUp();
    memory.next(BUSY, BUSY, BUSY);
    send();
    send();
    await platform.settle();
    await transport.close();
    await platform.settle();
    expect(memory.attemptCount).toBe(4);
    expect(results.map(({ status }) => status).sort()).toEqual(['refused', 'sent']);
    expect(memory.isClosed).toBe(true);
    expect(platform.timerCount).toBe(0);
  });
});
