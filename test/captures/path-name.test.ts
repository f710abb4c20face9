import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressName, pathName, plainUrl } from '../../src/browser/captures/path-name.ts';

const CASES: readonly (readonly [path: string, name: string])[] = [
  ['/', '/'],
  ['', ''],
  ['/users', '/users'],
  ['/users/', '/users'],
  ['/users/42', '/users/:id'],
  ['/users/42/orders/7', '/users/:id/orders/:id'],
  ['/users/9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d', '/users/:id'],
  ['/users/9B1DEB4D-3B7D-4BAD-9BDD-2B0D7B3DCB6D/edit', '/users/:id/edit'],
  ['/orders/order-12345', '/orders/order-:id'],
  ['/commits/3f2a1b9c0d', '/commits/:id'],
  ['/blobs/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/blobs/:id'],
  ['/p/V1StGXR8_Z5jdHi6B-myT', '/p/:id'],
  ['/p/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/p/:id'],
  ['/p/cjld2cjxh0000qzrmn831i7rn', '/p/:id'],
  ['/p/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', '/p/:id'],
  ['/p/dGhpcyBpcyBhIHRva2VuMQ==', '/p/:id'],
  ['/days/2026-11-22', '/days/:id'],
  ['/days/2026-11-22/posts', '/days/:id/posts'],
  ['/u/jo@shop.example/cart', '/u/:id/cart'],
  ['/u/jo%40shop.example', '/u/:id'],
  ['/cart;jsessionid=1A530637289A03B07199A44E8D531427', '/cart'],
  ['/search?q=secret', '/search'],
  ['/search#secret', '/search'],
  ['/assets/index-BX3kz9Qa.js', '/assets/index-:id.js'],
  ['/assets/main.3f2a1b9c.js', '/assets/main.:id.js'],
  // Short ids, of letters and digits.
  ['/u/a8f3k2x9', '/u/:id'],
  ['/u/A8F3K2X9/edit', '/u/:id/edit'],
  ['/orders/ord_1a2b3c', '/orders/ord_:id'],
  ['/customers/cus_9s6XKzkNRi', '/customers/:id'],
  ['/watch/dQw4w9WgXcQ', '/watch/:id'],
  ['/watch/9bZkp7q19f0', '/watch/:id'],
  ['/watch/kJQP7kiw5Fk', '/watch/:id'],
  ['/watch/JGwWNGJdvx8', '/watch/:id'],
  ['/watch/dQw4-9WgXcQ', '/watch/:id'],
  ['/watch/dQw4_9WgXcQ', '/watch/:id'],
  ['/s/bk4xqz', '/s/:id'],
  ['/s/k3j9xqpz', '/s/:id'],
  ['/c/V1StGXR8', '/c/:id'],
  ['/c/3f2a1b9', '/c/:id'],
  ['/assets/chunk-x7k2p9qz.js', '/assets/chunk-:id.js'],
  // What people name with care stays.
  ['/v2/web3/h264/mp3/s3/ec2/k8s', '/v2/web3/h264/mp3/s3/ec2/k8s'],
  ['/apis/batch/v1beta1/v2alpha1', '/apis/batch/v1beta1/v2alpha1'],
  ['/sha256/base64/x86/ipv6/es2022', '/sha256/base64/x86/ipv6/es2022'],
  ['/pbkdf2/nghttp2/md5sum/win32api', '/pbkdf2/nghttp2/md5sum/win32api'],
  ['/i18n/a11y/b2b/p2p/r2d2/3d/2fa/4k/1080p', '/i18n/a11y/b2b/p2p/r2d2/3d/2fa/4k/1080p'],
  ['/iphone15/iPhone15/page2/step1', '/iphone15/iPhone15/page2/step1'],
  ['/iPhone-15-Pro', '/iPhone-:id-Pro'],
  ['/getApiV2UsersV3', '/getApiV2UsersV3'],
  ['/web3auth0', '/web3auth0'],
  ['/readUInt32LE', '/readUInt32LE'],
  ['/%E3%83%9A%E3%83%BC%E3%82%B8', '/%E3%83%9A%E3%83%BC%E3%82%B8'],
  ['/api/v1/users', '/api/v1/users'],
  ['/api/v1.2/users', '/api/v1.2/users'],
  ['/oauth2/callback', '/oauth2/callback'],
  ['/getV2Users/all', '/getV2Users/all'],
  ['/getUserProfileDetailsForAdmin', '/getUserProfileDetailsForAdmin'],
  ['/how-to-build-a-house', '/how-to-build-a-house'],
  ['/defaced', '/defaced'],
  ['/Überblick/größe', '/Überblick/größe'],
  ['/index.html', '/index.html'],
];

describe('pathName', () => {
  it.each(CASES)('names %s as %s', (path, name) => {
    expect(pathName(path)).toBe(name);
  });

  it('takes whole parts alone where it is too long', () => {
    const name = pathName(`/${Array.from({ length: 60 }, () => 'segment').join('/')}`);
    expect(name).toMatch(/^(?:\/segment)+\/…$/);
    expect(name.length).toBeLessThanOrEqual(162);
  });

  const word = fc.constantFrom('users', 'orders', 'cart', 'api', 'check-out', 'v2', 'Überblick');
  const id = fc.oneof(
    fc.nat().map(String),
    fc.uuid(),
    fc.stringMatching(/^[0-9a-f]{7}[0-9][0-9a-f]{0,32}$/),
    fc.stringMatching(/^[A-Z][0-9][a-z][\w]{13,40}$/),
    fc.emailAddress().map(encodeURIComponent),
  );

  it('gives paths that differ in their ids alone one name, without the ids', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, id, id), { minLength: 1, maxLength: 5 }), (parts) => {
        const path = (index: 1 | 2): string => parts.map((part) => `/${part[0]}/${part[index]}`).join('');
        const name = parts.map(([kind]) => `/${kind}/:id`).join('');
        expect([pathName(path(1)), pathName(path(2))]).toEqual([name, name]);
      }),
    );
  });

  const anyPath = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: fc.constantFrom(...'/ ? # ; : @ - . _ ~ , = + a b 1 2 A Z % é'.split(' ')), maxLength: 400 }),
    fc.webPath(),
  );

  it('is bounded, says nothing of query or fragment, and names its own names as they are, whatever the path', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const name = pathName(path);
        expect(name.length).toBeLessThanOrEqual(162);
        expect(name).not.toMatch(/[?#@;]/);
        expect(pathName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('addressName', () => {
  it.each([
    ['https://api.shop.example/users/42?token=t#x', 'api.shop.example/users/:id'],
    ['http://127.0.0.1:8080/', '127.0.0.1:8080'],
    ['https://jo:pass@shop.example/a', 'shop.example/a'],
    ['https://shop.example?q=1', 'shop.example'],
    ['data:text/plain,hello', null],
    ['blob:https://shop.example/9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d', null],
    ['chrome-extension://abc/x.js', null],
    ['', null],
  ])('names %s as %s', (url, name) => {
    expect(addressName(url)).toBe(name);
  });

  it('fits the name of a metric, whatever the address', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        const name = addressName(url) ?? '';
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(256);
        expect(name).not.toMatch(/[?#]/);
      }),
    );
    expect(addressName(`https://${'a'.repeat(5_000)}/${'b/'.repeat(5_000)}`)?.length).toBeLessThanOrEqual(256);
  });
});

describe('plainUrl', () => {
  it.each([
    ['https://shop.example/app.js?v=3#x', 'https://shop.example/app.js'],
    ['https://jo:pass@shop.example/app.js', 'https://shop.example/app.js'],
    ['data:text/javascript,throw 1', 'data:'],
    ['', ''],
  ])('makes %s %s', (url, plain) => {
    expect(plainUrl(url)).toBe(plain);
  });
});
