/** An IP address. */
export interface Address {
  readonly family: 4 | 6;
  /** Four bytes, or eight groups of 16 bits. */
  readonly parts: readonly number[];
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Reads an address as sockets and proxies write it: also in brackets, with a port or a zone. Undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const bare = text.trim();
  const v4 = parseIpv4(bare.replace(/:\d{1,5}$/, ''));
  if (v4 !== undefined) return v4;
  const [, bracketed = bare] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare) ?? [];
  return parseIpv6(bracketed.replace(/%.*$/, ''));
}

function parseIpv4(text: string): Address | undefined {
  const parts = IPV4.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part <= 255) === true ? { family: 4, parts } : undefined;
}

/** The URL parser knows every spelling, and answers in one. */
function parseIpv6(text: string): Address | undefined {
  const url = `http://[${text}]/`;
  if (!/^[\da-f:.]{2,45}$/i.test(text) || !URL.canParse(url)) return undefined;
  const [left = '', right] = new URL(url).hostname.slice(1, -1).split('::');
  const head = groups(left);
  const tail = groups(right ?? '');
  const parts = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  // An IPv4 address as a socket for both families writes it.
  const [high = 0, low = 0] = parts.slice(6);
  const isMapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
  return isMapped ? { family: 4, parts: [high >> 8, high & 255, low >> 8, low & 255] } : { family: 6, parts };
}

const groups = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

/** The address in one spelling. */
export const addressText = ({ family, parts }: Address): string =>
  family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');

/** The address without what tells households apart: the first 24 bits of IPv4, the first 48 of IPv6. */
export const truncatedText = ({ family, parts }: Address): string =>
  family === 4
    ? `${parts.slice(0, 3).join('.')}.0`
    : `${parts
        .slice(0, 3)
        .map((part) => part.toString(16))
        .join(':')}::`;

/** Who counts as one client: an IPv4 address, or the 64 bits of IPv6 that a single customer has at least. */
export const clientName = (address: Address): string =>
  addressText(address.family === 4 ? address : { family: 6, parts: address.parts.slice(0, 4) });

/**
 * The address that a request came from. Of X-Forwarded-For only as many entries are believed, from the right, as there are proxies of one's own:
 * what stands further left, a client can write itself.
 */
export function clientAddress(
  headers: Pick<Headers, 'get'>,
  socketAddress: string | undefined,
  trustProxy: number,
): Address | undefined {
  const forwarded = trustProxy === 0 ? null : headers.get('x-forwarded-for');
  if (forwarded !== null) {
    const entries = forwarded.split(',');
    const address = parseAddress(entries[Math.max(0, entries.length - trustProxy)] ?? '');
    if (address !== undefined) return address;
  }
  return socketAddress === undefined ? undefined : parseAddress(socketAddress);
}
