import { readFileSync } from 'node:fs';

/** Of sockets on this machine: an IPv6 one without an address of its own takes datagrams over IPv4 too. */
const TABLES = ['/proc/net/udp', '/proc/net/udp6'];

/**
 * Memory that the datagrams take up which wait in the socket on this machine's `port`, in bytes; undefined where the system does not tell, or
 * nobody has that port. Reads at once: the kernel answers in 50 µs, a quarter of what asking for it on another thread costs.
 */
export function readReceiveQueue(port: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const path of TABLES) {
    try {
      const queued = findQueue(readFileSync(path, 'utf8'), port);
      if (queued !== undefined) return queued;
    } catch {
      return undefined; // some containers do not show it
    }
  }
  return undefined;
}

/**
 * The fullest queue of the sockets whose local port this is: the part after the colon of the fifth column, as the fourth of `tx_queue:rx_queue`.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
export function findQueue(table: string, port: number): number | undefined {
  const suffix = `:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  let fullest: number | undefined;
  for (const row of table.split('\n')) {
    const columns = row.trim().split(/\s+/);
    if (!columns[1]?.endsWith(suffix)) continue;
    const queued = Number.parseInt(columns[4]?.split(':')[1] ?? '', 16);
    if (!Number.isNaN(queued)) fullest = Math.max(fullest ?? 0, queued);
  }
  return fullest;
}
