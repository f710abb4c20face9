import { lookup } from 'node:dns';
import { isIP } from 'node:net';

/** An address that a socket can be connected to. */
export interface Address {
  readonly ip: string;
  readonly family: 4 | 6;
}

/** The address of an IP literal or of `localhost`, at once; null for a name that has to be asked for. */
export function literalAddress(host: string): Address | null {
  const family = isIP(host);
  if (family === 4 || family === 6) return { ip: host, family };
  return host === 'localhost' ? { ip: '127.0.0.1', family: 4 } : null;
}

/** Whether datagrams to `address` stay on this machine. */
export function isLoopback(address: Address): boolean {
  return address.family === 6 ? address.ip === '::1' : address.ip.startsWith('127.');
}

/** Asks for the address of `host`; null when there is none. */
export function resolveHost(host: string): Promise<Address | null> {
  return new Promise((resolve) => {
    lookup(host, (error, ip, family) => {
      resolve(error ? null : { ip, family: family === 6 ? 6 : 4 });
    });
  });
}
