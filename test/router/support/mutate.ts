import { splitIntoChunks } from '../../../src/core/chunks.ts';
import { signed } from './send.ts';

/** Random numbers that come again under the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from 0 up to `count`, excluded. */
  below(count: number): number;
  pick<T>(values: readonly T[]): T;
}

/** https://github.com/cprosche/mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('there is nothing to pick from');
      return value;
    },
  };
}

type Mutation = (bytes: Buffer, corpus: readonly Buffer[], random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (bytes) => bytes,
  // Bits flip.
  (bytes, _, random) => {
    const changed = Buffer.from(bytes);
    for (let i = random.below(8); i >= 0 && changed.length > 0; i--) {
      const at = random.below(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },
  // It is cut off.
  (bytes, _, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  // A part of another comes into it.
  (bytes, corpus, random) => {
    const [from, to] = range(bytes, random);
    const other = random.pick(corpus);
    return Buffer.concat([bytes.subarray(0, from), other.subarray(...range(other, random)), bytes.subarray(to)]);
  },
  // A part comes twice.
  (bytes, _, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  // A line moves.
  (bytes, _, random) => {
    const lines = bytes.toString('latin1').split('\n');
    const [moved = ''] = lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, moved);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  // Bytes are lost.
  (bytes, _, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  // Random bytes come into it.
  (bytes, _, random) => {
    const at = random.below(bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: random.below(20) }, () => random.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
];

function range(bytes: Buffer, random: Random): [number, number] {
  const ends = [random.below(bytes.length + 1), random.below(bytes.length + 1)].sort((a, b) => a - b);
  return [ends[0] ?? 0, ends[1] ?? 0];
}

export interface Mutator {
  /** The next datagrams to send: one, or the chunks of one, some of them lost, twice or out of order. */
  next(): readonly Buffer[];
}

const SIGNATURE = /#[\w-]{43}\n?$/;
const MAX_SENDERS = 50;
const MAX_SEQ = 2_000;

/** Makes datagrams of those in `corpus`. `secrets` by key id: what is signed is signed again now and then, or it would only ever be refused. */
export function createMutator(
  corpus: readonly Buffer[],
  secrets: Readonly<Record<string, string>>,
  random: Random,
): Mutator {
  /** Most would repeat what has come before otherwise. */
  function renumbered(bytes: Buffer): Buffer {
    const text = bytes
      .toString('latin1')
      .replace(/"sender":"[\w-]*"/, () => `"sender":"sender${random.below(MAX_SENDERS)}"`)
      .replace(/"seq":\d+/, () => `"seq":${random.below(MAX_SEQ)}`);
    return Buffer.from(text, 'latin1');
  }

  function signedAgain(bytes: Buffer): Buffer {
    const text = bytes.toString('utf8');
    const secret = secrets[/"key":"([\w.-]+)"/.exec(text)?.[1] ?? ''];
    return secret !== undefined && SIGNATURE.test(text)
      ? Buffer.from(signed(text.replace(SIGNATURE, ''), secret))
      : bytes;
  }

  function mutated(): Buffer {
    let bytes = random.pick(corpus);
    if (random.next() < 0.7) bytes = renumbered(bytes);
    for (let i = random.below(3); i > 0; i--) bytes = random.pick(MUTATIONS)(bytes, corpus, random);
    return random.next() < 0.7 ? signedAgain(bytes) : bytes;
  }

  function inChunks(bytes: Buffer): readonly Buffer[] {
    const id = Buffer.from(Array.from({ length: 8 }, () => random.below(256)));
    const chunks = splitIntoChunks(bytes, id, 64 + random.below(1_400)).flatMap((chunk) => {
      const dice = random.next();
      if (dice < 0.02) return [];
      if (dice < 0.06) return [Buffer.from(chunk), Buffer.from(chunk)];
      return [dice < 0.09 ? random.pick(MUTATIONS)(Buffer.from(chunk), corpus, random) : Buffer.from(chunk)];
    });
    if (random.next() < 0.3) chunks.sort(() => random.next() - 0.5);
    return chunks;
  }

  return {
    next() {
      const bytes = mutated();
      return random.next() < 0.1 ? inChunks(bytes) : [bytes];
    },
  };
}
