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
    expect(next.all()).toEqual([{ key, text: 'header\nline\n' }]);
    next.remove(key ?? '');
    expect(next.all()).toEqual([]);
  });

  it('forgets what is a day old', () => {
    const platform = createManualPlatform();
    const kept = createKept(RELAY, platform);
    kept.put('old');
    platform.advance(22 * HOUR_MS);
    expect(kept.all()).toHaveLength(1);
    platform.advance(2 * HOUR_MS);
    expect([kept.all(), localStorage.length]).toEqual([[], 0]);
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
    expect(kept.all()).toEqual([]);
    kept.remove('key');
    kept.clear();
  });
});
