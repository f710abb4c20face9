import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createQueuePace, createTimedPace, type Pace } from '../../../../src/router/sinks/statsd/pace.ts';
import { findQueue, readReceiveQueue } from '../../../../src/router/sinks/statsd/receive-queue.ts';
import { createManualPlatform } from '../../../../src/testing/index.ts';

const open = new AbortController().signal;
const DATAGRAM_BYTES = 1_432;

/** How many datagrams may leave before the next rest. */
function burst(pace: Pace): number {
  let count = 0;
  while (count < 10_000 && pace.admits(DATAGRAM_BYTES)) count++;
  return count;
}

describe('createTimedPace', () => {
  it('lets a small burst pass, then no more than a socket holds that is not read for 20 ms', async () => {
    const clock = createManualPlatform();
    const pace = createTimedPace(clock);
    let sent = burst(pace);
    for (let ms = 0; ms < 20; ms++) {
      clock.advance(1);
      sent += burst(pace);
    }
    // 2304 bytes of the kernel's memory for each of these datagrams, and 212,992 by default.
    expect(sent * 2_304).toBeLessThan(212_992);
  });

  it('lets 100,000 metrics pass in a second', async () => {
    const clock = createManualPlatform();
    const pace = createTimedPace(clock);
    let sent = 0;
    while (clock.monotonic() < 1_000) {
      sent += burst(pace);
      const rested = pace.rest(open);
      clock.advance(3);
      await rested;
    }
    const metricsPerDatagram = Math.floor(DATAGRAM_BYTES / 'shop.component.metric_123:12.25|ms\n'.length);
    expect(sent * metricsPerDatagram).toBeGreaterThan(100_000);
  });

  it('lets a datagram pass that is larger than a burst', () => {
    expect(createTimedPace(createManualPlatform()).admits(60_000)).toBe(true);
  });
});

describe('createQueuePace', () => {
  it('waits after each burst until the receiver has read', async () => {
    const clock = createManualPlatform();
    const queue = [150_000, 90_000, 10_000];
    const pace = createQueuePace(() => queue.shift(), clock);
    expect(burst(pace)).toBeGreaterThan(10);
    let isRested = false;
    const rested = pace.rest(open).then(() => (isRested = true));
    await clock.settle();
    clock.advance(1);
    await clock.settle();
    expect(isRested).toBe(false);
    clock.advance(1);
    await rested;
    expect(queue).toEqual([]);
    expect(burst(pace)).toBeGreaterThan(10);
  });

  it('looks less often at a queue that nobody reads, and at once again when somebody does', async () => {
    const clock = createManualPlatform();
    let queued = 200_000;
    let looks = 0;
    const pace = createQueuePace(() => (++looks, queued), clock);
    async function looksIn(ms: number): Promise<number> {
      const before = looks;
      for (let passed = 0; passed < ms; passed++) {
        clock.advance(1);
        await clock.settle();
      }
      return looks - before;
    }
    const rested = pace.rest(open);
    await clock.settle();
    expect(await looksIn(1_000)).toBeLessThan(110);
    let looksSinceRead = 0;
    for (let ms = 0; ms < 20; ms++) {
      queued -= 1_000;
      looksSinceRead += await looksIn(1);
    }
    expect(looksSinceRead).toBeGreaterThanOrEqual(10);
    queued = 0;
    await looksIn(1);
    await rested;
  });

  it('never fills more than two thirds of a socket of the usual size', () => {
    const pace = createQueuePace(() => 0, createManualPlatform());
    expect(burst(pace) * 2_304 + 56 * 1_024).toBeLessThan((212_992 * 2) / 3);
  });

  it('gives up when its signal is aborted', async () => {
    const clock = createManualPlatform();
    const stop = new AbortController();
    const rested = createQueuePace(() => 200_000, clock).rest(stop.signal);
    await clock.settle();
    stop.abort();
    await rested;
    expect(clock.timerCount).toBe(0);
  });

  it('keeps time where the queue cannot be seen, and looks again later', async () => {
    const clock = createManualPlatform();
    let looks = 0;
    const pace = createQueuePace(() => (++looks, undefined), clock);
    burst(pace);
    for (let ms = 0; ms < 900; ms += 3) {
      const rested = pace.rest(open);
      await clock.settle();
      clock.advance(3);
      await rested;
      expect(burst(pace)).toBeGreaterThan(0);
    }
    expect(looks).toBe(1);
    clock.advance(200);
    const rested = pace.rest(open);
    await clock.settle();
    clock.advance(3);
    await rested;
    expect(looks).toBe(2);
  });
});

describe('readReceiveQueue', () => {
  it.runIf(process.platform === 'linux')('knows the sockets of this machine, bound to any address', async () => {
    for (const [type, address] of [
      ['udp4', '127.0.0.1'],
      ['udp4', '0.0.0.0'],
      ['udp6', '::'],
    ] as const) {
      const socket = createSocket(type);
      socket.bind(0, address);
      await once(socket, 'listening');
      const { port } = socket.address();
      expect(readReceiveQueue(port)).toBe(0);
      socket.close();
      await once(socket, 'close');
      expect(readReceiveQueue(port)).toBe(undefined);
    }
  });

  it('takes the fullest of several sockets on the port', () => {
    const table = [
      '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
      '  100: 0100007F:1FBD 00000000:0000 07 00000000:00000900 00:00000000 00000000     0        0 1 2 0 0',
      '  100: 00000000:1FBD 00000000:0000 07 00000000:0001F500 00:00000000 00000000     0        0 2 2 0 17',
      '  101: 0100007F:1FBE 0100007F:1FBD 01 00000000:000FFFFF 00:00000000 00000000     0        0 3 2 0 0',
    ].join('\n');
    expect(findQueue(table, 8125)).toBe(0x1f500);
    expect(findQueue(table, 8127)).toBe(undefined);
  });
});
