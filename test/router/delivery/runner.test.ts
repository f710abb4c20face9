import { describe, expect, it } from 'vitest';
import { offsetsOf, received } from './support/messages.ts';
import { runnerWorld, type RunnerWorld } from './support/runner.ts';

const never = (): Promise<never> => new Promise(() => undefined);

function expectBalanced({ runner }: RunnerWorld): void {
  const { taken, delivered, atHand, deadLettered, expired } = runner.stats();
  expect(taken).toBe(delivered + atHand + deadLettered + expired);
}

describe('a runner', () => {
  it('brings batch after batch to the sink and settles each', async () => {
    const world = runnerWorld({ messages: received(0, 10) });
    await world.pass(0);
    expect(world.sink.writes).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(world.source.settledEnd).toBe(10);
    expect(world.runner.stats()).toMatchObject({ taken: 10, delivered: 10, atHand: 0, state: 'ready', failures: 0 });
  });

  it('goes on when the source has something again', async () => {
    const world = runnerWorld();
    await world.pass(0);
    world.source.push(received(0, 2));
    await world.pass(0);
    world.source.push(received(2, 3));
    await world.pass(0);
    expect(world.sink.writes).toEqual([[0, 1], [2]]);
  });

  it('puts what is refused into the dead letters, with its reason, and settles it', async () => {
    const world = runnerWorld({
      messages: received(0, 4),
      write: async () => ({ refused: [{ index: 2, reason: 'no such series' }] }),
    });
    await world.pass(0);
    expect(world.deadLetters.letters).toMatchObject([{ reason: 'no such series', message: { offset: 2 } }]);
    expect(world.deadLetters.letters[0]?.at).toBe('2026-01-01T00:00:00.000Z');
    expect(world.source.settledEnd).toBe(4);
    expect(world.runner.stats()).toMatchObject({ delivered: 3, deadLettered: 1, atHand: 0 });
    expectBalanced(world);
  });

  it('gives the sink the rest again, without those refused, and settles what is before', async () => {
    const world = runnerWorld({ messages: received(0, 4) });
    world.sink.behave(async () => ({ refused: [{ index: 3, reason: 'bad' }], retry: { from: 1 } }));
    await world.pass(0);
    expect(world.source.settledEnd).toBe(1);
    world.sink.behave(async () => ({}));
    await world.pass(100);
    expect(world.sink.writes).toEqual([
      [0, 1, 2, 3],
      [1, 2],
    ]);
    expect(world.source.settledEnd).toBe(4);
    expect(offsetsOf(world.deadLetters.letters.map(({ message }) => message))).toEqual([3]);
  });

  it.each<[string, () => unknown]>([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects with nothing', () => Promise.reject(undefined)],
    ['rejects with an empty error', () => Promise.reject(new Error(''))],
    [
      'rejects with a trap',
      () =>
        Promise.reject(
          Object.defineProperty(new Error('x'), 'message', {
            get() {
              throw new Error('no');
            },
          }),
        ),
    ],
    ['answers nothing', () => undefined],
    ['answers a text', async () => 'ok'],
    ['refuses what was not there', async () => ({ refused: [{ index: 4, reason: 'x' }] })],
    ['refuses a half', async () => ({ refused: [{ index: 0.5, reason: 'x' }] })],
    ['refuses what is no list', async () => ({ refused: { index: 0 } })],
    ['retries from beyond', async () => ({ retry: { from: 5 } })],
    ['retries after nonsense', async () => ({ retry: { afterMs: 'soon' } })],
    [
      'answers with a trap',
      async () => ({
        get refused(): never {
          throw new Error('no');
        },
      }),
    ],
    ['answers a thenable that throws', () => ({ then: () => { throw new Error('no'); } })], // prettier-ignore
  ])('gives all of it again to a sink that %s', async (_, write) => {
    const world = runnerWorld({ messages: received(0, 4), write });
    await world.pass(0);
    expect(world.runner.stats()).toMatchObject({ failures: 1, delivered: 0, atHand: 4, state: 'resting' });
    expect(world.runner.stats().trouble).toEqual(expect.stringMatching(/./));
    world.sink.behave(async () => ({}));
    await world.pass(100);
    expect(world.sink.writes).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    expect(world.runner.stats()).toMatchObject({ delivered: 4, state: 'ready', trouble: undefined });
  });

  it('keeps of a reason what a person can read', async () => {
    const world = runnerWorld({
      messages: received(0, 1),
      write: () => Promise.reject(new Error('<html>'.repeat(1e5))),
    });
    await world.pass(0);
    expect(world.runner.stats().trouble?.length).toBeLessThan(400);
  });

  it('hands over an array of its own each time', async () => {
    const world = runnerWorld({
      messages: received(0, 4),
      write(messages) {
        (messages as unknown[]).length = 0; // against the contract
        throw new Error('no');
      },
    });
    await world.pass(100);
    expect(world.sink.writes.slice(0, 2)).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  it('waits as long as the back end asks, an hour at most, and counts it as put off', async () => {
    const world = runnerWorld({
      messages: received(0, 1),
      write: async () => ({ retry: { afterMs: 5_000, reason: '429' } }),
    });
    await world.pass(4_900);
    expect(world.sink.writes).toHaveLength(1);
    expect(world.runner.stats()).toMatchObject({ state: 'resting', trouble: '429', failures: 1 });
    world.sink.behave(async () => ({ retry: { afterMs: 1e12 } }));
    await world.pass(100);
    expect(world.sink.writes).toHaveLength(2);
    world.sink.behave(async () => ({}));
    await world.pass(3_600_000, 60_000);
    expect(world.runner.stats()).toMatchObject({ delivered: 1, state: 'ready' });
  });

  it('tells once that the back end asks to wait for more than a minute in all, and once that it works again', async () => {
    const world = runnerWorld({
      messages: received(0, 6),
      write: async () => ({ retry: { afterMs: 20_000, reason: '429' } }),
    });
    await world.pass(50_000);
    expect(world.told).toEqual([]);
    await world.pass(300_000, 1_000);
    expect(world.told).toEqual(['scripted: is put off for more than a minute: 429; 6 messages wait']);
    world.sink.behave(async () => ({}));
    await world.pass(30_000);
    expect(world.told.slice(1)).toEqual([expect.stringMatching(/^scripted: works again; \d messages? waits?$/)]);
  });

  it('does not tell of a back end that asks to wait now and then', async () => {
    let attempts = 0;
    const world = runnerWorld({ write: async () => (attempts++ % 2 === 0 ? { retry: { afterMs: 40_000 } } : {}) });
    for (let i = 0; i < 10; i++) {
      world.source.push(received(i, i + 1));
      await world.pass(60_000, 1_000);
    }
    expect(world.runner.stats()).toMatchObject({ delivered: 10, failures: 10 });
    expect(world.told).toEqual([]);
  });

  it('waits longer with each failure, 30 s at most', async () => {
    const world = runnerWorld({ messages: received(0, 1), write: () => Promise.reject(new Error('down')) });
    const atMs: number[] = [];
    for (let seen = 0, ms = 0; ms <= 200_000; ms += 100) {
      await world.pass(0);
      if (world.sink.writes.length > seen) atMs.push(ms);
      seen = world.sink.writes.length;
      world.clock.advance(100);
    }
    const pauses = atMs.slice(1).map((ms, i) => ms - (atMs[i] ?? 0));
    expect(pauses.slice(0, 11)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is open after five failures in a row, tries one message at a time, and closes with the first success', async () => {
    const world = runnerWorld({
      messages: received(0, 8),
      write: () => Promise.reject(new Error('down')),
      randoms: [0],
    });
    await world.pass(5, 1); // without jitter it gets there at once
    expect(world.runner.stats()).toMatchObject({ state: 'open', failures: 5 });
    await world.pass(900);
    expect(world.runner.stats().failures).toBe(5);
    await world.pass(100);
    expect(world.runner.stats().failures).toBe(6);
    expect(world.sink.writes.at(-1)).toHaveLength(1);
    world.sink.behave(async () => ({}));
    await world.pass(1_000);
    expect(world.runner.stats()).toMatchObject({ state: 'ready', delivered: 8 });
  });

  it('tells once that a sink fails, and once that it works again', async () => {
    const world = runnerWorld({ messages: received(0, 6), write: () => Promise.reject(new Error('ECONNREFUSED')) });
    await world.pass(20_000);
    expect(world.told).toEqual(['scripted: writing failed: ECONNREFUSED; 6 messages wait']);
    world.sink.behave(async () => ({}));
    await world.pass(30_000);
    expect(world.told.slice(1)).toEqual([expect.stringMatching(/^scripted: works again; \d messages? waits?$/)]);
  });

  it('does not tell of each failure of a sink that fails now and then', async () => {
    let attempts = 0;
    const world = runnerWorld({
      write: () => (attempts++ % 2 === 0 ? Promise.reject(new Error('sometimes')) : Promise.resolve({})),
    });
    for (let i = 0; i < 50; i++) {
      world.source.push(received(i, i + 1));
      await world.pass(1_000);
    }
    expect(world.runner.stats()).toMatchObject({ delivered: 50, failures: 50 });
    expect(world.told).toHaveLength(2);
  });

  it.each<[unknown, Record<string, number>]>([
    [
      { cardinality: 2, late: 0 },
      { cardinality: 2, late: 0 },
    ],
    [{ a: '1', b: 1.5, c: -1, d: Number.NaN, e: 1n, f: 3 }, { f: 3 }],
    [null, {}],
    [[1, 2], {}],
    ['many', {}],
  ])('takes whole numbers alone of what the sink says that it left out: %o', (said, shown) => {
    const world = runnerWorld();
    Object.assign(world.sink, { leftOut: said });
    expect(world.runner.stats().leftOut).toEqual(shown);
  });

  describe('with a deadline', () => {
    it('aborts the write, and gives it again when the sink has settled', async () => {
      const world = runnerWorld({
        messages: received(0, 2),
        write: (_, signal) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      });
      await world.pass(9_900);
      expect(world.runner.stats().state).toBe('writing');
      world.sink.behave(async () => ({}));
      await world.pass(100);
      expect(world.runner.stats().trouble).toBe('no answer within 10000 ms');
      await world.pass(100);
      expect(world.runner.stats()).toMatchObject({ delivered: 2, failures: 1 });
    });

    it('calls a sink hung that does not settle, does not call it again, and keeps its place', async () => {
      const world = runnerWorld({ messages: received(0, 2), write: never });
      await world.pass(11_000);
      expect(world.runner.stats()).toMatchObject({ state: 'hung', atHand: 2 });
      world.source.push(received(2, 9));
      await world.pass(3_600_000, 60_000);
      expect(world.sink.writes).toEqual([[0, 1]]);
      expect(world.source.length).toBe(7);
      expect(world.clock.timerCount).toBe(0);
      expect(world.told).toEqual([
        'scripted: a write has not ended although it was aborted; nothing more is written until it does',
      ]);
    });

    it('takes a late answer for what it says', async () => {
      let answer = (_: unknown): void => undefined;
      const world = runnerWorld({
        messages: received(0, 3),
        write: () => new Promise((resolve) => (answer = resolve)),
      });
      await world.pass(60_000);
      world.sink.behave(async () => ({}));
      answer({ refused: [{ index: 0, reason: 'late' }], retry: { from: 2 } });
      await world.pass(100);
      expect(world.sink.writes).toEqual([[0, 1, 2], [2]]);
      expect(world.runner.stats()).toMatchObject({ delivered: 2, deadLettered: 1, state: 'ready' });
    });
  });

  describe('when its own disk fails', () => {
    it('keeps what is refused until the dead letters take it, tells once, and writes nothing twice', async () => {
      const world = runnerWorld({
        messages: received(0, 6),
        write: async () => ({ refused: [{ index: 0, reason: 'bad' }] }),
      });
      world.deadLetters.isFull = true;
      await world.pass(60_000);
      expect(world.sink.writes).toEqual([[0, 1, 2, 3]]);
      expect(world.source.settledEnd).toBe(0);
      expect(world.runner.stats()).toMatchObject({ delivered: 3, atHand: 1, deadLettered: 0, state: 'resting' });
      expect(world.runner.stats().trouble).toContain('ENOSPC');
      expectBalanced(world);
      world.deadLetters.isFull = false;
      await world.pass(30_000);
      expect(world.runner.stats()).toMatchObject({ delivered: 4, deadLettered: 2, atHand: 0, state: 'ready' });
      expect(world.source.settledEnd).toBe(6);
      expect(world.told).toEqual([
        'scripted: writing the dead letters failed: ENOSPC: no space left on device; it is tried again',
        'scripted: writing the dead letters works again',
      ]);
    });
  });

  describe('when it is closed', () => {
    it('delivers what is there, then closes the sink', async () => {
      const world = runnerWorld({ messages: received(0, 10) });
      await world.runner.close(5_000);
      expect(world.source.settledEnd).toBe(10);
      expect(world.sink.closeCount).toBe(1);
      expect(world.runner.stats().state).toBe('closed');
      expect(world.clock.timerCount).toBe(0);
    });

    it('tries once more, and ends with the first failure', async () => {
      const world = runnerWorld({ messages: received(0, 10), write: () => Promise.reject(new Error('down')) });
      await world.pass(10_000);
      const before = world.sink.writes.length;
      await world.runner.close(5_000);
      expect(world.sink.writes).toHaveLength(before + 1);
      expect(world.sink.closeCount).toBe(1);
    });

    it('writes nothing more once the dead letters cannot be written', async () => {
      const world = runnerWorld({
        messages: received(0, 10),
        write: () =>
          world.sink.writes.length > 5 ? never() : Promise.resolve({ refused: [{ index: 0, reason: 'bad' }] }),
      });
      world.deadLetters.isFull = true;
      await world.pass(0);
      const closed = world.runner.close(5_000);
      await world.pass(5_000);
      await closed;
      expect(world.sink.writes).toEqual([[0, 1, 2, 3]]);
      expect(world.source.settledEnd).toBe(0);
      expect(world.sink.closeCount).toBe(1);
      expectBalanced(world);
    });

    it('does not try again what the back end asked to wait with', async () => {
      const world = runnerWorld({ messages: received(0, 1), write: async () => ({ retry: { afterMs: 60_000 } }) });
      await world.pass(0);
      await world.runner.close(5_000);
      expect(world.sink.writes).toHaveLength(1);
    });

    it('aborts the write under way before the deadline, and takes its answer', async () => {
      const world = runnerWorld({
        messages: received(0, 8),
        write: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({}))),
      });
      await world.pass(0);
      const closed = world.runner.close(5_000);
      await world.pass(4_400);
      expect(world.sink.closeCount).toBe(0);
      await world.pass(100);
      await closed;
      expect(world.sink.writes).toEqual([[0, 1, 2, 3]]);
      expect(world.source.settledEnd).toBe(4);
      expect(world.sink.closeCount).toBe(1);
    });

    it('ends in time although the sink hangs, settles nothing afterwards, and closes the sink when it has settled', async () => {
      let answer = (_: unknown): void => undefined;
      const world = runnerWorld({
        messages: received(0, 8),
        write: () => new Promise((resolve) => (answer = resolve)),
      });
      await world.pass(0);
      const closed = world.runner.close(5_000);
      await world.pass(5_000);
      await closed;
      expect(world.runner.stats().state).toBe('closed');
      expect(world.sink.closeCount).toBe(0);
      answer({});
      await world.pass(0);
      expect(world.source.settledEnd).toBe(0);
      expect(world.sink.writes).toHaveLength(1);
      expect(world.sink.closeCount).toBe(1);
    });

    it('keeps to the first of several deadlines', async () => {
      const world = runnerWorld({ messages: received(0, 8), write: never });
      await world.pass(0);
      const closed = world.runner.close(5_000);
      await world.pass(100);
      void world.runner.close(1_000);
      await world.pass(1_000);
      await closed;
      expect(world.clock.monotonic()).toBe(1_100); // the manual clock's
    });

    it('closes once, however often it is told, and before it was started too', async () => {
      const world = runnerWorld();
      await Promise.all([world.runner.close(1_000), world.runner.close(5)]);
      await world.runner.close(0);
      world.runner.start();
      world.source.push(received(0, 1));
      await world.pass(1_000);
      expect(world.sink.writes).toEqual([]);
      expect(world.sink.closeCount).toBe(1);
    });

    it('tells of a sink that cannot be closed', async () => {
      const world = runnerWorld();
      world.sink.close = () => {
        throw new Error('stuck');
      };
      await world.runner.close(1_000);
      expect(world.told).toEqual(['scripted: closing failed: stuck']);
    });
  });
});
