import { describe, expect, it } from 'vitest';
import { createTrackBook } from '../../../src/router/feed/track-book.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { decodeSlice } from '../../../src/router/feed/slice.ts';
import { placeAt } from '../../../src/router/feed/place.ts';
import { journalText, many } from '../support/test-journal.ts';

const messages = decodeSlice({ start: placeAt(0), bytes: Buffer.from(journalText(many('a', 100), 0)) }).messages;
const at = (...offsets: number[]): ReceivedMessage[] => messages.filter(({ offset }) => offsets.includes(offset));

describe('createTrackBook', () => {
  it('knows what is left of pieces that are partly taken', () => {
    const book = createTrackBook();
    book.add(10, 3, 1_000);
    book.add(20, 2, 2_000);
    expect([book.left, book.oldestMs]).toEqual([5, 1_000]);
    book.take(at(1, 5));
    expect([book.left, book.oldestMs]).toEqual([3, 1_000]);
    book.take(at(7, 12));
    expect([book.left, book.oldestMs]).toEqual([1, 2_000]);
    book.take(at(15));
    expect([book.left, book.oldestMs]).toEqual([0, undefined]);
  });

  it('loses with a segment exactly what was not taken of it', () => {
    const book = createTrackBook();
    book.add(10, 3, 0);
    book.add(20, 2, 0);
    book.closeSegment(20);
    book.add(30, 4, 0);
    book.closeSegment(30);
    book.add(40, 1, 0);
    book.take(at(1, 5, 7, 12));
    expect(book.lose(20)).toBe(1);
    expect(book.left).toBe(5);
    expect(book.lose(30)).toBe(4);
    expect(book.left).toBe(1);
  });

  it('is right about segments that are counted after some of them was taken', () => {
    const book = createTrackBook();
    book.addUncounted(10);
    book.addUncounted(20);
    book.add(30, 2, 5_000);
    book.take(at(1, 2, 13));
    expect(book.left).toBe(2);
    book.settleCount(10, 2, 1_000);
    book.settleCount(20, 4, 2_000);
    expect([book.left, book.oldestMs]).toEqual([5, 2_000]);
    expect(book.lose(20)).toBe(3);
    expect(book.left).toBe(2);
  });

  it('holds nothing for left of a segment that can never be counted', () => {
    const book = createTrackBook();
    book.addUncounted(10);
    book.add(20, 2, 5_000);
    book.take(at(1, 2));
    book.giveUpCount(10);
    expect(book.left).toBe(2);
  });

  it('takes what is read of a segment that can never be counted off no other one', () => {
    const book = createTrackBook();
    book.addUncounted(10);
    book.addUncounted(20);
    book.giveUpCount(10);
    book.settleCount(20, 3, 2_000);
    book.add(30, 2, 3_000);
    book.closeSegment(30);
    book.take(at(1, 2, 3, 9));
    expect([book.left, book.oldestMs]).toEqual([5, 2_000]);
    book.take(at(12, 13));
    expect(book.left).toBe(3);
    expect(book.lose(20)).toBe(1);
    expect([book.left, book.oldestMs]).toEqual([2, 3_000]);
    book.take(at(21, 22));
    expect([book.left, book.oldestMs]).toEqual([0, undefined]);
  });

  it('loses nothing that counts with a segment that can never be counted', () => {
    const book = createTrackBook();
    book.addUncounted(10);
    book.add(20, 2, 5_000);
    book.giveUpCount(10);
    book.take(at(1));
    expect(book.lose(10)).toBe(0);
    expect([book.left, book.oldestMs]).toEqual([2, 5_000]);
    expect(book.lose(20)).toBe(2);
  });
});
