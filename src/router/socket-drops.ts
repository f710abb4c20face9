import { readFile } from 'node:fs/promises';

/**
 * Datagrams that the kernel dropped because the receive buffer of the UDP socket bound to this address was full, since it was bound;
 * undefined where the system does not tell.
 */
export async function readSocketDrops(address: {
  readonly host: string;
  readonly port: number;
}): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const isV6 = address.host.includes(':');
  try {
    const table = await readFile(isV6 ? '/proc/net/udp6' : '/proc/net/udp', 'utf8');
    return findDrops(table, `${isV6 ? hexOfV6(address.host) : hexOfV4(address.host)}:${hexOfPort(address.port)}`);
  } catch {
    return undefined; // some containers do not show it
  }
}

/** The last column of the row whose local address, the second, is this. https://docs.kernel.org/networking/proc_net_tcp.html */
export function findDrops(table: string, localAddress: string): number | undefined {
  for (const row of table.split('\n')) {
    const columns = row.trim().split(/\s+/);
    if (columns[1] === localAddress) return Number(columns.at(-1));
  }
  return undefined;
}

/** The address as one 32-bit number in the machine's byte order, which on all that Node runs on is the little end first. */
const hexOfV4 = (host: string): string =>
  host
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();

/** The same as four such numbers. */
function hexOfV6(host: string): string {
  const [head = '', tail] = host.replace(/%.*/, '').split('::');
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const bytes = [...before, ...zeros, ...after].flatMap((group) => {
    const padded = group.padStart(4, '0');
    return [padded.slice(0, 2), padded.slice(2)];
  });
  const words = [0, 4, 8, 12].map((at) =>
    bytes
      .slice(at, at + 4)
      .reverse()
      .join(''),
  );
  return words.join('').toUpperCase();
}

const hexOfPort = (port: number): string => port.toString(16).padStart(4, '0').toUpperCase();
