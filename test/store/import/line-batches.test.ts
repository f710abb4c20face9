import { expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../../src/core/journal-format.ts';
import { lineBatches } from '../../../src/store/import/line-batches.ts';

async function* pieces(...texts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

async function linesOf(input: AsyncIterable<Buffer>): Promise<readonly (string | undefined)[]> {
  const lines: (string | undefined)[] = [];
  for await (const batch of lineBatches(input)) {
    expect(batch.first).toBe(lines.length);
    lines.push(...batch.lines);
  }
  return lines;
}

it.each([1, 2, 3, 5, 8, 100])('reads the same lines whatever the pieces are: %i bytes', async (size) => {
  const text = '\ufeffone\n\nzwei €\r\n👩‍👩‍👧\n\nlast';
  const bytes = Buffer.from(text);
  const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  expect(await linesOf(pieces(...cut))).toEqual(['one', '', 'zwei €\r', '👩‍👩‍👧', '', 'last']);
});

it('has no line behind the last newline, and none in nothing', async () => {
  expect(await linesOf(pieces('a\n', 'b\n'))).toEqual(['a', 'b']);
  expect(await linesOf(pieces())).toEqual([]);
  expect(await linesOf(pieces('\n'))).toEqual(['']);
});

it('leaves out a line that is too long, wherever it ends, and goes on behind it', async () => {
  const half = Buffer.alloc(MAX_LINE_BYTES / 2 + 1, 'x');
  expect(await linesOf(pieces('a\nb', half, half, 'c\nd\n'))).toEqual(['a', undefined, 'd']);
  expect(await linesOf(pieces(half, half))).toEqual([undefined]);
});
