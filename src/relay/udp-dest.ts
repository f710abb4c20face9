/** Where datagrams go. */
export interface UdpDest {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 5565;

/** Reads `udp://host:port`. Throws a RangeError for anything else. */
export function parseUdpDest(dest: string): UdpDest {
  const url = URL.canParse(dest) ? new URL(dest) : undefined;
  const port = url?.port === '' ? DEFAULT_PORT : Number(url?.port);
  if (url?.protocol === 'udp:' && url.hostname !== '' && port > 0) {
    return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
  }
  throw new RangeError(`dest must be an address such as udp://127.0.0.1:5565, got ${JSON.stringify(dest)}`);
}
