import { expect, it } from 'vitest';
import { addressText, clientAddress, clientName, parseAddress, truncatedText } from '../../src/relay/client-address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.0', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1', '192.0.2.0', '192.0.2.1'],
  ['192.0.2.1:4711', '192.0.2.1', '192.0.2.0', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.0', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1', '192.0.2.0', '192.0.2.1'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:db8:0::', '2001:db8:0:0'],
  ['[2001:db8::1]:443', '2001:db8:0:0:0:0:0:1', '2001:db8:0::', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1', 'fe80:0:0::', 'fe80:0:0:0'],
  ['::1', '0:0:0:0:0:0:0:1', '0:0:0::', '0:0:0:0'],
  ['::', '0:0:0:0:0:0:0:0', '0:0:0::', '0:0:0:0'],
  ['1::', '1:0:0:0:0:0:0:0', '1:0:0::', '1:0:0:0'],
])('reads %s', (text, whole, truncated, client) => {
  const address = parseAddress(text)!;
  expect([addressText(address), truncatedText(address), clientName(address)]).toEqual([whole, truncated, client]);
});

it.each([
  '',
  'unknown',
  '_hidden',
  '256.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '::g',
  ':::',
  '1:2',
  '[::1',
  'localhost',
  '1'.repeat(10_000),
])('takes %s for no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

it.each<[string | null, number, string | undefined]>([
  ['198.51.100.1', 0, '192.0.2.9'],
  ['198.51.100.1', 1, '198.51.100.1'],
  ['198.51.100.1, 198.51.100.2', 1, '198.51.100.2'],
  ['198.51.100.1, 198.51.100.2', 2, '198.51.100.1'],
  ['198.51.100.1, 198.51.100.2', 3, '198.51.100.1'],
  ['nonsense', 1, '192.0.2.9'],
  ['', 1, '192.0.2.9'],
  [null, 1, '192.0.2.9'],
])('takes of X-Forwarded-For %s with %i proxies %s', (header, trustProxy, expected) => {
  const headers = new Headers(header === null ? {} : { 'x-forwarded-for': header });
  const address = clientAddress(headers, '192.0.2.9', trustProxy);
  expect(address && addressText(address)).toBe(expected);
});
