import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gaps } from '../../../src/router/input/gaps.ts';
import { KEY_WORDS, readSenderKey, senderNameOf } from '../../../src/router/input/sender-key.ts';
import { createSenderShard, NONE } from '../../../src/router/input/sender-shard.ts';

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
const shortName = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 16 });

function keyOf(sender: string): { words: Uint32Array; length: number } {
  const words = new Uint32Array(KEY_WORDS);
  return { words, length: readSenderKey(sender, words) };
}

describe('readSenderKey', () => {
  it('keeps names of up to 16 characters whole', () => {
    fc.assert(
      fc.property(shortName, (sender) => {
        const { words, length } = keyOf(sender);
        expect(senderNameOf(words[0]!, words[1]!, words[2]!, length)).toBe(sender);
      }),
    );
  });

  it('tells longer names apart from each other and from shorter ones', () => {
    const names = ['a'.repeat(16), 'a'.repeat(17), 'a'.repeat(64), `${'a'.repeat(16)}b`, 'A', 'AA', 'AAA'];
    const keys = names.map((sender) => {
      const { words, length } = keyOf(sender);
      return `${words.join()} ${length}`;
    });
    expect(new Set(keys).size).toBe(names.length);
    const { words, length } = keyOf('a'.repeat(17));
    expect(senderNameOf(words[0]!, words[1]!, words[2]!, length)).toMatch(/^#[\w-]{16}$/);
  });
});

describe('createSenderShard', () => {
  const step = fc.record({ sender: fc.nat(40), act: fc.constantFrom('touch', 'touch', 'touch', 'remove', 'quiet') });

  it('agrees with a map in the order of last being seen, whatever is added, touched and removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer(), (steps, seed) => {
        const shard = createSenderShard(seed);
        const model = new Map<string, number>();
        const quiet = new Set<string>();
        steps.forEach(({ sender, act }, at) => {
          const known = `sender-${sender}`;
          const { words, length } = keyOf(known);
          let slot = shard.find(words, length);
          expect(slot !== NONE).toBe(model.has(known));
          if (act === 'remove') {
            if (slot !== NONE) shard.remove(slot);
            model.delete(known);
            quiet.delete(known);
          } else if (act === 'quiet') {
            const first = shard.firstNotQuiet;
            if (first === NONE) return;
            quiet.add(shard.nameOf(first));
            shard.passQuiet(first);
          } else {
            if (slot === NONE) slot = shard.add(words, length);
            else shard.touch(slot);
            shard.next[slot] = at;
            model.delete(known);
            model.set(known, at);
            quiet.delete(known);
          }
          const order: [string, number][] = [];
          for (let each = shard.oldest; each !== NONE; each = shard.newerThan(each)) {
            order.push([shard.nameOf(each), shard.next[each]!]);
          }
          expect(order).toEqual([...model]);
          expect(shard.size).toBe(model.size);
          const firstNotQuiet = [...model.keys()].find((each) => !quiet.has(each));
          const first = shard.firstNotQuiet;
          expect(first === NONE ? undefined : shard.nameOf(first)).toBe(firstNotQuiet);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the gaps of each slot, and takes the room of those that go', () => {
    const change = fc.record({ slot: fc.nat(9), gaps: fc.array(fc.nat(1_000), { maxLength: 30 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const { gaps: store } = createSenderShard(0);
        const model = new Map<number, Gaps>();
        for (const { slot, gaps } of changes) {
          const whole = gaps.slice(0, gaps.length - (gaps.length % 3));
          store.store(slot, whole);
          model.set(slot, whole);
          for (const [each, wanted] of model) {
            const loaded: Gaps = [];
            store.load(each, loaded);
            expect(loaded).toEqual(wanted);
            expect(store.has(each)).toBe(wanted.length > 0);
          }
          expect(store.count).toBe([...model.values()].reduce((sum, each) => sum + each.length / 3, 0));
        }
      }),
    );
  });
});
