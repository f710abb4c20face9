import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** An address that a socket can be connected to. */
export interface Address {
  readonly ip: string;
  readonly family: 4 | 6;
}

/** The address of an IP literal or of `localhost`; undefined for a name that has to be asked for. */
export function literalAddress(host: string): Address | undefined {
  const family = isIP(host);
  if (family === 4 || family === 6) return { ip: host, family };
  return host === 'localhost' ? { ip: '127.0.0.1', family: 4 } : undefined;
}

/** Asks for the address of `host`. Rejects when there is none. */
export async function resolveHost(host: string): Promise<Address> {
  const { address, family } = await lookup(host);
  return { ip: address, family: family === 6 ? 6 : 4 };
}

/** Whether datagrams to it stay on this machine. */
export const isLoopback = ({ ip, family }: Address): boolean => (family === 6 ? ip === '::1' : ip.startsWith('127.'));
