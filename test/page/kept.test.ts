// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKept } from '../../src/browser/kept.ts';
import { createManualPlatform } from '../../src/testing/manual-clock.ts';

const RELAY = 'https://relay.example/v1/messages';
const HOUR_MS = 3_600_000;

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe('createKept', () => {
  it('keeps texts for the next page, for this destination alone', () => {
    const platform = createManualPlatform();
    const key = createKept(RELAY, platform).put('header\nline\n');
    createKept('https://other.example/', platform).put('elsewhere');
    const next = createKept(RELAY, platform);
    expect(next.next(0)).toEqual({ key, text: 'header\nline\n' });
    expect(next.next(0.99)).toEqual({ key, text: 'header\nline\n' });
    next.remove(key ?? '');
    expect(next.next(0)).toBeUndefined();
  });

  it('gives what each page kept in its order, from a page that is drawn', () => {
    const platform = createManualPlatform();
    const pages = [createKept(RELAY, platform), createKept(RELAY, platform)];
    for (let n = 0; n < 12; n += 1) pages.forEach((kept, page) => kept.put(`${page} ${n}`));
    const [kept] = pages;
    const drain = (random: number): string[] =>
      Array.from({ length: 12 }, () => {
        const { key = '', text = '' } = kept?.next(random) ?? {};
        kept?.remove(key);
        return text;
      });
    const inOrder = (page: number): string[] => Array.from({ length: 12 }, (_, n) => `${page} ${n}`);
    expect([drain(0.99), drain(0.5)]).toEqual([inOrder(1), inOrder(0)]);
  });

  it('forgets what is a day old', () => {
    const platform = createManualPlatform();
    const kept = createKept(RELAY, platform);
    kept.put('old');
    platform.advance(22 * HOUR_MS);
    expect(kept.next(0)).toMatchObject({ text: 'old' });
    platform.advance(2 * HOUR_MS);
    expect([kept.next(0), localStorage.length]).toEqual([undefined, 0]);
  });

  it('keeps at most half a million characters', () => {
    const kept = createKept(RELAY, createManualPlatform());
    const keys = Array.from({ length: 40 }, () => kept.put('x'.repeat(16_000)));
    expect(keys.filter((key) => key !== undefined)).toHaveLength(32);
  });

  it("leaves the application's own storage alone", () => {
    localStorage.setItem('theirs', '1');
    const kept = createKept(RELAY, createManualPlatform());
    kept.put('ours');
    kept.clear();
    expect(Object.keys(localStorage)).toEqual(['theirs']);
  });

  it('gives nothing again, and what is not too old, where storage lets nothing be removed', () => {
    const platform = createManualPlatform();
    const kept = createKept(RELAY, platform);
    kept.put('old');
    platform.advance(24 * HOUR_MS);
    const key = kept.put('first') ?? '';
    kept.put('second');
    const storage = localStorage;
    vi.stubGlobal('localStorage', {
      ...Object.fromEntries(Object.entries(storage)),
      getItem: (name: string) => storage.getItem(name),
      removeItem() {
        throw new DOMException('no', 'SecurityError');
      },
    });
    expect(kept.next(0)).toEqual({ key, text: 'first' });
    kept.remove(key);
    expect(kept.next(0)).toMatchObject({ text: 'second' });
    kept.clear();
    expect(kept.next(0)).toBeUndefined();
  });

  it.each<[string, () => void]>([
    ['is forbidden', () => vi.stubGlobal('localStorage', undefined)],
    [
      'throws',
      () =>
        vi.stubGlobal('localStorage', {
          setItem() {
            throw new DOMException('full', 'QuotaExceededError');
          },
        }),
    ],
  ])('keeps nothing where storage %s', (_, breakIt) => {
    breakIt();
    const kept = createKept(RELAY, createManualPlatform());
    expect(kept.put('text')).toBeUndefined();
    expect(kept.next(0)).toBeUndefined();
    kept.remove('key');
    kept.clear();
  });
});
