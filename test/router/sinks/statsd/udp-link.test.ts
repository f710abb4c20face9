import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/router/clock.ts';
import type { StatsdLink } from '../../../../src/router/sinks/statsd/link.ts';
import { createUdpLink } from '../../../../src/router/sinks/statsd/udp-link.ts';
import { createManualPlatform } from '../../../../src/testing/index.ts';
import { startUdpReceiver } from '../statsd-receiver.ts';

const open = new AbortController().signal;

function closing(link: StatsdLink): StatsdLink {
  onTestFinished(() => link.close());
  return link;
}

describe('createUdpLink', () => {
  it('delivers more than a socket holds to a receiver on this machine, in order', async () => {
    const receiver = await startUdpReceiver();
    const link = closing(createUdpLink({ host: '127.0.0.1', port: receiver.port }, systemClock));
    const datagrams = Array.from({ length: 2_000 }, (_, i) => `${i}`.padEnd(1_432, '.'));
    for (let first = 0; first < datagrams.length; first += 100) {
      expect(await link.send(datagrams.slice(first, first + 100), open)).toBe(100);
    }
    expect(await receiver.lines(datagrams.length)).toEqual(datagrams);
  });

  it('asks for a name again every minute, and goes where it leads then', async () => {
    const receiver = await startUdpReceiver();
    const clock = createManualPlatform();
    // ::ffff:127.0.0.1 is the same machine by another address.
    const answers = ['127.0.0.1', '127.0.0.1', undefined, '::ffff:127.0.0.1'];
    const asked: string[] = [];
    const link = closing(
      createUdpLink({ host: 'statsd.internal', port: receiver.port }, clock, async (host) => {
        asked.push(host);
        const ip = answers.shift();
        if (!ip) throw new Error('ENOTFOUND');
        return { ip, family: ip.includes(':') ? 6 : 4 };
      }),
    );
    async function sendAt(ms: number, text: string): Promise<void> {
      clock.advance(ms);
      const sent = link.send([text], open);
      for (let isSent = false; !isSent;) {
        // A machine that is not known to be this one is listened to for a while.
        clock.advance(100);
        isSent = await Promise.race([sent.then(() => true), new Promise<false>((r) => setImmediate(r, false))]);
      }
    }
    await sendAt(0, 'a');
    await sendAt(30_000, 'b');
    expect(asked).toHaveLength(1);
    await sendAt(60_000, 'c');
    await sendAt(60_000, 'd'); // finds no address, and stays
    await sendAt(60_000, 'e'); // looks beside the work
    await sendAt(1, 'f');
    expect(asked).toHaveLength(4);
    expect(answers).toEqual([]);
    expect(await receiver.lines(6)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('says when a name leads nowhere, and asks again for the next batch', async () => {
    const receiver = await startUdpReceiver();
    let isKnown = false;
    const link = closing(
      createUdpLink({ host: 'statsd.internal', port: receiver.port }, systemClock, async (host) => {
        if (!isKnown) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
        return { ip: '127.0.0.1', family: 4 };
      }),
    );
    await expect(link.send(['a'], open)).rejects.toThrow('getaddrinfo ENOTFOUND statsd.internal');
    isKnown = true;
    expect(await link.send(['a'], open)).toBe(1);
    expect(await receiver.lines(1)).toEqual(['a']);
  });

  it('settles when it is stopped while a name is looked up', async () => {
    const link = closing(
      createUdpLink({ host: 'statsd.internal', port: 9 }, systemClock, () => new Promise(() => undefined)),
    );
    await expect(link.send(['a'], AbortSignal.timeout(10))).rejects.toThrow('it took too long');
  });
});
