import { createHash } from 'node:crypto';

/** What tells a content from any other. */
export interface ContentIdentity {
  /** What an import of it is called: 64 bits of the hash, which of a million contents two share once in thirty million archives. */
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

const ID_DIGITS = 16;

/** Identifies a content, and its beginnings of the lengths that are asked for, as far as it is longer: the shortest first, itself the last. */
export async function identify(
  pieces: AsyncIterable<Buffer>,
  lengths: Iterable<number>,
): Promise<readonly [...ContentIdentity[], ContentIdentity]> {
  const hash = createHash('sha256');
  const asked = [...new Set(lengths)].sort((a, b) => a - b);
  const beginnings: ContentIdentity[] = [];
  let bytes = 0;
  const identityNow = (): ContentIdentity => {
    const sha256 = hash.copy().digest('hex');
    return { id: sha256.slice(0, ID_DIGITS), bytes, sha256 };
  };
  for await (const piece of pieces) {
    let rest = piece;
    for (let next = asked[0]; next !== undefined && next < bytes + rest.length; next = asked[0]) {
      hash.update(rest.subarray(0, next - bytes));
      rest = rest.subarray(next - bytes);
      bytes = next;
      beginnings.push(identityNow());
      asked.shift();
    }
    hash.update(rest);
    bytes += rest.length;
  }
  return [...beginnings.filter((beginning) => beginning.bytes < bytes), identityNow()];
}

/** The beginning of a content. */
export async function* firstBytes(pieces: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  if (left === 0) return;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
