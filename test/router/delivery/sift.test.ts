import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { offsetsOf, received } from './support/messages.ts';
import { runnerWorld, type RunnerWorld } from './support/runner.ts';

/** Rejects each batch that has one of these. */
const chokesOn =
  (...offsets: readonly number[]) =>
  (messages: readonly ReceivedMessage[]): Promise<object> =>
    messages.some(({ offset }) => offsets.includes(offset))
      ? Promise.reject(new Error('500 from the back end'))
      : Promise.resolve({});

const buried = ({ deadLetters }: RunnerWorld): number[] => offsetsOf(deadLetters.letters.map(({ message }) => message));

const singles = ({ sink }: RunnerWorld): number[] =>
  sink.writes.filter((batch) => batch.length === 1).flatMap((batch) => [...batch]);

describe('a message that makes its back end fail', () => {
  it.each([0, 1, 2, 3, 4])(
    'ends in the dead letters, as number %i of its batch; the others are delivered',
    async (at) => {
      const world = runnerWorld({ messages: received(0, 8), batchMessages: 6, write: chokesOn(at) });
      await world.pass(5_000);
      expect(buried(world)).toEqual([at]);
      expect(world.deadLetters.letters[0]?.reason).toBe('500 from the back end');
      expect(world.runner.stats()).toMatchObject({ delivered: 7, deadLettered: 1, atHand: 0, state: 'ready' });
      expect(world.source.settledEnd).toBe(8);
    },
  );

  it('is compared with what comes next when it is the last, or all there is', async () => {
    const world = runnerWorld({ messages: received(0, 1), write: chokesOn(0) });
    await world.pass(600_000, 1_000);
    expect(buried(world)).toEqual([]); // nothing to compare with
    world.source.push(received(1, 2));
    await world.pass(60_000);
    expect(world.runner.stats()).toMatchObject({ delivered: 1, deadLettered: 0 }); // it may have been an outage that began again
    world.source.push(received(2, 3));
    await world.pass(60_000);
    expect(buried(world)).toEqual([0]);
    expect(world.runner.stats()).toMatchObject({ delivered: 2, atHand: 0 });
  });

  it('is found among others like it, that stand together', async () => {
    const bad = [0, 1, 2, 3, 4, 9, 10, 30];
    const world = runnerWorld({ messages: received(0, 60), batchMessages: 20, write: chokesOn(...bad) });
    await world.pass(120_000);
    expect(buried(world).sort((a, b) => a - b)).toEqual(bad);
    expect(world.runner.stats()).toMatchObject({ delivered: 52, deadLettered: 8, atHand: 0 });
  });

  it('is found when a whole batch is like it', async () => {
    const world = runnerWorld({ messages: received(0, 60), batchMessages: 8, write: chokesOn(0, 1, 2, 3, 4, 5, 6, 7) });
    await world.pass(600_000, 1_000);
    expect(buried(world).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(world.runner.stats()).toMatchObject({ delivered: 52, deadLettered: 8, atHand: 0 });
  });

  it('is found when the sink answers with retry, or not at all', async () => {
    for (const fail of [
      async () => ({ retry: {} }),
      (_: unknown, signal: AbortSignal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]) {
      const world = runnerWorld({
        messages: received(0, 4),
        write: (messages, signal) => (messages.some(({ offset }) => offset === 1) ? fail(messages, signal) : {}),
      });
      await world.pass(120_000);
      expect(buried(world)).toEqual([1]);
      expect(world.runner.stats().delivered).toBe(3);
    }
  });

  it('does not have delivered again what was delivered alone', async () => {
    const world = runnerWorld({ messages: received(0, 6), batchMessages: 6, write: chokesOn(2) });
    await world.pass(5_000);
    for (const offset of [0, 1, 3, 4, 5]) {
      const after = world.sink.writes.findIndex((batch) => batch.length === 1 && batch[0] === offset);
      expect(world.sink.writes.slice(after + 1).flat()).not.toContain(offset);
    }
  });

  it('is not looked for while the back end asks for patience', async () => {
    const world = runnerWorld({ messages: received(0, 4), write: async () => ({ retry: { afterMs: 1_000 } }) });
    await world.pass(60_000);
    expect(world.sink.writes.length).toBeGreaterThan(3);
    expect(singles(world)).toEqual([]);
  });

  it('is told of', async () => {
    const world = runnerWorld({ messages: received(0, 4), write: chokesOn(1) });
    await world.pass(5_000);
    expect(world.told).toContain(
      'scripted: a message of shop fails again and again while others go through, and is put into the dead letters: 500 from the back end',
    );
  });
});

describe('an outage', () => {
  it('puts nothing into the dead letters, however long it is, and keeps the order but for what was tried last', async () => {
    const world = runnerWorld({ messages: received(0, 20), write: () => Promise.reject(new Error('down')) });
    await world.pass(24 * 3_600_000, 10_000);
    expect(world.deadLetters.count).toBe(0);
    expect(world.runner.stats()).toMatchObject({ state: 'open', delivered: 0 });
    const delivered: number[] = [];
    world.sink.behave(async (messages) => {
      delivered.push(...offsetsOf(messages));
      return {};
    });
    await world.pass(60_000);
    expect(world.runner.stats()).toMatchObject({ delivered: 20, deadLettered: 0, state: 'ready' });
    expect([...delivered].sort((a, b) => a - b)).toEqual(offsetsOf(received(0, 20)));
    const [first] = delivered;
    expect(delivered.slice(1)).toEqual(offsetsOf(received(0, 20)).filter((offset) => offset !== first));
  });

  it('takes no more than a few messages beside the batch at hand', async () => {
    const world = runnerWorld({ messages: received(0, 1_000), batchMessages: 8, write: () => Promise.reject('down') });
    await world.pass(24 * 3_600_000, 10_000);
    expect(world.runner.stats().atHand).toBeLessThanOrEqual(18);
  });

  it.each(Array.from({ length: 40 }, (_, i) => 50 + i * 35))(
    'that ends after %i ms, whatever was being tried, puts nothing into the dead letters',
    async (endMs) => {
      const world = runnerWorld({ messages: received(0, 12) });
      const startMs = world.clock.monotonic();
      world.sink.behave(() =>
        world.clock.monotonic() - startMs < endMs ? Promise.reject(new Error('down')) : Promise.resolve({}),
      );
      await world.pass(60_000);
      expect(world.runner.stats()).toMatchObject({ delivered: 12, deadLettered: 0 });
    },
  );

  it('that comes and goes puts nothing into the dead letters', async () => {
    const world = runnerWorld({ randoms: [0.3, 0.9, 0.1, 0.6, 0.75, 0.45] });
    // Up for 150 ms of each 2.5 s: a service that starts, takes a few requests, and falls again.
    world.sink.behave(() =>
      world.clock.monotonic() % 2_500 < 150 ? Promise.resolve({}) : Promise.reject(new Error('down')),
    );
    for (let i = 0; i < 300; i += 3) {
      world.source.push(received(i, i + 3));
      await world.pass(1_000, 10);
    }
    expect(world.deadLetters.count).toBe(0);
    world.sink.behave(async () => ({}));
    await world.pass(60_000);
    expect(world.runner.stats()).toMatchObject({ delivered: 300, deadLettered: 0 });
  });
});
