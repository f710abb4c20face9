import { clientAddress, clientName } from '../relay/client-address.ts';
import type { Visitor } from '../report/access.ts';
import type { RequestInfo } from '../report/relay-port.ts';

/**
 * Where a request comes from. With `trustProxy` proxies of one's own in front they are believed: the address that they saw, and whether they were
 * asked by https. Clients whose address nobody tells are one.
 */
export function visitorOf(request: Request, { address }: RequestInfo, trustProxy: number): Visitor {
  const client = clientAddress(request.headers, address, trustProxy);
  const scheme = trustProxy === 0 ? null : request.headers.get('x-forwarded-proto');
  return {
    name: client === undefined ? 'unknown' : clientName(client),
    isHttps: scheme?.split(',', 1)[0]?.trim().toLowerCase() === 'https',
  };
}
