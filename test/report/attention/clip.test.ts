import { expect, it } from 'vitest';
import { clip } from '../../../src/report/attention/clip.ts';

it('makes one line of what a message says', () => {
  expect(clip(' no\n  such\torder ')).toBe('no such order');
  expect(clip('\u001b[31mred\u202egnp.exe\u2069')).toBe('[31mred gnp.exe');
  expect(clip('')).toBe('');
});

it('shortens what is too long, between characters', () => {
  expect(clip('x'.repeat(160))).toHaveLength(160);
  expect(clip(`x${'😀'.repeat(1_000)}`)).toBe(`x${'😀'.repeat(79)}…`);
});
