import type { RouterPort } from './router-port.ts';

/** Where messages are sent to, e.g. `udp://127.0.0.1:5565`. */
export const destOf = ({ host, port }: RouterPort['address']): string =>
  `udp://${host.includes(':') ? `[${host}]` : host}:${port}`;
