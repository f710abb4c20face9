import { Socket } from 'node:dgram';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { webClock } from '../../src/relay/clock.ts';
import { createUdpSender, type UdpSender } from '../../src/relay/udp-sender.ts';
import { startUdpReceiver, type UdpReceiver } from '../node/udp-receiver.ts';
import { freePort } from '../support/free-port.ts';

afterEach(() => vi.restoreAllMocks());

async function sending(): Promise<{ readonly sender: UdpSender; readonly receiver: UdpReceiver }> {
  const receiver = await startUdpReceiver();
  onTestFinished(() => receiver.close());
  const sender = createUdpSender({ host: '127.0.0.1', port: receiver.port }, webClock);
  onTestFinished(() => sender.close());
  return { sender, receiver };
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('createUdpSender', () => {
  it('tells of a connection that failed, closes its socket, and connects anew with the next datagram', async () => {
    const { sender, receiver } = await sending();
    const closed = vi.spyOn(Socket.prototype, 'close');
    // As Node does it: the callback's argument, which its types leave out, and no event.
    vi.spyOn(Socket.prototype, 'connect').mockImplementationOnce((...args: unknown[]) => {
      process.nextTick(args.at(-1) as (error: Error) => void, failure('ENETUNREACH'));
    });
    await expect(sender.datagramBytes()).rejects.toThrow('ENETUNREACH');
    expect(closed).toHaveBeenCalledTimes(1);
    expect(await sender.send(() => 'later')).toEqual({ status: 'sent' });
    expect(await receiver.received(1)).toEqual(['later']);
  });

  it('tells of an address that this machine may not connect to', async () => {
    const sender = createUdpSender({ host: '255.255.255.255', port: 9 }, webClock);
    onTestFinished(() => sender.close());
    for (let again = 0; again < 2; again++) {
      const result = await sender.send(() => 'x');
      expect(result).toMatchObject({ status: 'retry', cause: expect.stringContaining('connect E') as string });
    }
  });

  it('knows that nobody listens, however late the process gets to hear it', async () => {
    const sender = createUdpSender({ host: '127.0.0.1', port: await freePort() }, webClock);
    onTestFinished(() => sender.close());
    expect(await sender.send(() => 'to nobody')).toEqual({ status: 'sent' });
    const known = sender.isUnreachable();
    const busyUntil = performance.now() + 20;
    while (performance.now() < busyUntil);
    expect(await known).toBe(true);
  });

  it('takes a new socket once one fails to send, unless nobody listened', async () => {
    const { sender, receiver } = await sending();
    const opened = vi.spyOn(Socket.prototype, 'connect');
    for (const code of ['ECONNREFUSED', 'ENETDOWN']) {
      expect(await sender.send(() => code)).toEqual({ status: 'sent' });
      vi.spyOn(Socket.prototype, 'send').mockImplementationOnce((...args: unknown[]) => {
        process.nextTick(args.at(-1) as (error: Error) => void, failure(code));
      });
      expect(await sender.send(() => 'lost')).toMatchObject({ status: 'retry' });
      vi.mocked(Socket.prototype.send).mockRestore();
    }
    expect(opened).toHaveBeenCalledTimes(1);
    expect(await sender.send(() => 'anew')).toEqual({ status: 'sent' });
    expect(opened).toHaveBeenCalledTimes(2);
    expect(await receiver.received(3)).toEqual(['ECONNREFUSED', 'ENETDOWN', 'anew']);
  });
});
