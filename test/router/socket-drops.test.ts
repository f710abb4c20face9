import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findDrops, readSocketDrops } from '../../src/router/socket-drops.ts';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1139: 0100007F:15BD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3414 2 0000000000000000 1234
 9121: 00000000:15BD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3415 2 0000000000000000 7
`;

describe('findDrops', () => {
  it('reads the last column of the socket bound to that very address', () => {
    expect(findDrops(TABLE, '0100007F:15BD')).toBe(1234);
    expect(findDrops(TABLE, '0200007F:15BD')).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('readSocketDrops', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('finds a socket that is bound to %s', async (host) => {
    const socket = host.includes(':') ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
    onTestFinished(() => void socket.close());
    socket.bind({ port: 0, address: host });
    await once(socket, 'listening');
    expect(await readSocketDrops({ host: socket.address().address, port: socket.address().port })).toBe(0);
  });

  it('counts what a full receive buffer did not take', async () => {
    const [socket, sender] = [createSocket('udp4'), createSocket('udp4')];
    onTestFinished(() => {
      socket.close();
      sender.close();
    });
    socket.bind({ port: 0, address: '127.0.0.1' });
    await once(socket, 'listening');
    socket.setRecvBufferSize(4_096);
    const address = { host: '127.0.0.1', port: socket.address().port };
    expect(await readSocketDrops(address)).toBe(0);
    // All of them leave before this thread comes to read one.
    sender.bind(0, '127.0.0.1');
    await once(sender, 'listening');
    const all = Array.from(
      { length: 300 },
      () => new Promise((sent) => sender.send('x'.repeat(1_000), address.port, address.host, sent)),
    );
    await Promise.all(all);
    await expect.poll(() => readSocketDrops(address)).toBeGreaterThan(0);
  });
});
