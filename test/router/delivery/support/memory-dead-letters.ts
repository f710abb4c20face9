import type { DeadLetter } from '../../../../src/router/delivery/dead-letter.ts';
import type { DeadLetters } from '../../../../src/router/delivery/dead-letters.ts';

export interface MemoryDeadLetters extends DeadLetters {
  readonly letters: readonly DeadLetter[];
  /** Fails as a full disk does. */
  isFull: boolean;
}

/** Dead letters without a disk: the same promises, and time stands still while they are kept. */
export function createMemoryDeadLetters(found: readonly DeadLetter[] = []): MemoryDeadLetters {
  let letters = [...found];
  let aside: DeadLetter[] = [];
  const made: MemoryDeadLetters = {
    isFull: false,
    expired: 0,
    found: 0,
    get letters() {
      return letters;
    },
    get count() {
      return letters.length + aside.length;
    },
    get hasUnfinished() {
      return aside.length > 0;
    },
    async add(more) {
      if (made.isFull) throw new Error('ENOSPC: no space left on device');
      letters.push(...more);
    },
    async takeAside() {
      if (aside.length === 0) [aside, letters] = [letters, []];
      if (aside.length === 0) return undefined;
      return {
        get count() {
          return aside.length;
        },
        peek: async (maxLetters) => aside.slice(0, maxLetters),
        settle(settled) {
          aside = aside.filter((letter) => !settled.has(letter));
        },
        close: () => Promise.resolve(),
        remove: () => Promise.resolve(),
      };
    },
    close: () => Promise.resolve(),
  };
  return made;
}
