// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readScriptOptions } from '../../src/browser/script-options.ts';

const tag = (data: DOMStringMap, src = 'https://cdn.example/js/metlog.js') => ({ src, dataset: data });
const destOf = (data: DOMStringMap): unknown => readScriptOptions(tag(data)).dest;

afterEach(() => vi.unstubAllGlobals());

describe("a script tag's options", () => {
  it.each([
    ['https://relay.example', 'https://relay.example/v1/messages?key=shop'],
    ['https://relay.example?a=b', 'https://relay.example/v1/messages?a=b&key=shop'],
    ['https://relay.example/', 'https://relay.example/?key=shop'],
    ['https://relay.example/in', 'https://relay.example/in?key=shop'],
    ['https://relay.example/in?a=b', 'https://relay.example/in?a=b&key=shop'],
    ['https://relay.example/in?key=old', 'https://relay.example/in?key=shop'],
    ['/in', '/in?key=shop'],
    ['/in?a=b', '/in?a=b&key=shop'],
  ])('add the key to the destination %s', (dest, expected) => {
    expect(destOf({ dest, key: 'shop' })).toBe(expected);
  });

  it('escape the key', () => {
    expect(destOf({ dest: '/in', key: 'a&b=c' })).toBe('/in?key=a%26b%3Dc');
  });

  it('leave a destination without a key as it is', () => {
    expect(destOf({ dest: 'https://relay.example/in?a=b' })).toBe('https://relay.example/in?a=b');
  });

  it('send to where the script came from, in browsers without URL.canParse too', () => {
    vi.stubGlobal(
      'URL',
      class extends URL {
        static override canParse = undefined as never;
      },
    );
    expect(destOf({})).toBe('https://cdn.example');
    expect(destOf({ key: 'shop' })).toBe('https://cdn.example/v1/messages?key=shop');
    expect(readScriptOptions(null).dest).toBeUndefined();
  });
});
