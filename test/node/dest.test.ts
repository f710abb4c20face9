import { describe, expect, it } from 'vitest';
import { parseDest, udpAddress } from '../../src/node/dest.ts';

describe('parseDest', () => {
  it.each([
    ['udp://127.0.0.1:5565', { kind: 'udp', host: '127.0.0.1', port: 5565 }],
    ['udp://metlog.internal', { kind: 'udp', host: 'metlog.internal', port: 5565 }],
    ['udp://localhost:1', { kind: 'udp', host: 'localhost', port: 1 }],
    ['udp://[::1]:65535', { kind: 'udp', host: '::1', port: 65_535 }],
    ['UDP://Metlog.Internal:9', { kind: 'udp', host: 'Metlog.Internal', port: 9 }],
    ['http://h', { kind: 'http', url: 'http://h/v1/messages' }],
    ['https://h:8443', { kind: 'http', url: 'https://h:8443/v1/messages' }],
    ['http://h?key=k', { kind: 'http', url: 'http://h/v1/messages?key=k' }],
    ['http://h/', { kind: 'http', url: 'http://h/' }],
    ['http://h/metlog?key=k', { kind: 'http', url: 'http://h/metlog?key=k' }],
  ])('reads %s', (dest, parsed) => expect(parseDest(dest)).toEqual(parsed));

  it('takes UDP where it may choose', () => {
    const udp = { kind: 'udp', host: 'a', port: 5565 };
    expect(parseDest({ udp: 'udp://a', http: 'http://b' })).toEqual(udp);
    expect(parseDest({ udp: 'udp://a' })).toEqual(udp);
    expect(parseDest({ http: 'http://b/c' })).toEqual({ kind: 'http', url: 'http://b/c' });
  });

  it.each([
    '',
    'metlog.internal',
    '127.0.0.1:5565',
    'udp://',
    'udp://h:0',
    'udp://h:70000',
    'udp://h:x',
    'tcp://h:1',
    'ftp://h',
    '/metlog',
    'http://',
    '::1',
  ])('says in a sentence why %j is none', (dest) => {
    const sentence = parseDest(dest);
    expect(sentence).toMatch(/^the destination.* nothing is sent$/);
    expect(sentence).toContain(JSON.stringify(dest));
  });

  it('says so where neither is named', () => {
    expect(parseDest({})).toBe('the destination names neither udp nor http, so nothing is sent');
  });
});

describe('udpAddress', () => {
  it.each([
    ['127.0.0.1', 'udp://127.0.0.1:5565'],
    ['metlog.internal', 'udp://metlog.internal:5565'],
    ['::1', 'udp://[::1]:5565'],
  ])('makes an address of %s that is read as it was', (host, address) => {
    expect(udpAddress(host, 5_565)).toBe(address);
    expect(parseDest(address)).toEqual({ kind: 'udp', host, port: 5_565 });
  });
});
