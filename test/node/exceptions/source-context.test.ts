import { describe, expect, it } from 'vitest';
import { sourceContext } from '../../../src/node/exceptions/source-context.ts';

const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n');
const lines = (from: number, to: number) => text.split('\n').slice(from - 1, to);

describe('sourceContext', () => {
  it.each([
    [1, 1, 6],
    [3, 1, 8],
    [10, 5, 15],
    [20, 15, 20],
  ])('is line %i with those from %i to %i', (lineno, from, to) => {
    expect(sourceContext(text, lineno)).toEqual({
      context_line: `line ${lineno}`,
      pre_context: lines(from, lineno - 1),
      post_context: lines(lineno + 1, to),
    });
  });

  it.each([21, 26, 27, 1_000])('is nothing where there is no line %i', (lineno) => {
    expect(sourceContext(text, lineno)).toBeNull();
  });

  it('takes lines that end with CR and LF', () => {
    expect(sourceContext('a\r\nb\r\nc', 2)).toEqual({ context_line: 'b', pre_context: ['a'], post_context: ['c'] });
  });

  it.each([
    [1, 0, 160],
    [5_000, 4_919, 5_079],
    [10_000, 9_840, 10_000],
    [99_999, 9_840, 10_000],
  ])('keeps of a long line what is about column %i', (colno, start, end) => {
    const line = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(10, '.')).join('');
    const kept = sourceContext(line, 1, colno)?.context_line;
    expect(kept).toBe(`${start > 0 ? '… ' : ''}${line.slice(start, end)}${end < line.length ? ' …' : ''}`);
  });
});
