import { expect, it } from 'vitest';
import { createFileInHand } from '../../../../src/store/remote/copies/file-in-hand.ts';

it('lets a file that is being copied not be deleted, until it is the turn of another', () => {
  const hand = createFileInHand();
  expect(hand.take('a')).toBe(true);
  expect(hand.giveUp('a')).toBe(false);
  expect(hand.take('b')).toBe(true);
  expect(hand.giveUp('a')).toBe(true);
  hand.letGo();
  expect(hand.giveUp('b')).toBe(true);
});

it('lets a file that is being deleted not be copied', () => {
  const hand = createFileInHand();
  expect(hand.giveUp('a')).toBe(true);
  expect(hand.take('a')).toBe(false);
  expect(hand.giveUp('a')).toBe(true);
});
