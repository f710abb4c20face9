import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../src/router/delivery/dead-letter.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { createMemoryDeadLetters } from './support/memory-dead-letters.ts';
import { aReceived, offsetsOf, received } from './support/messages.ts';
import { runnerWorld, type RunnerWorld } from './support/runner.ts';

const found = (count: number): DeadLetter[] =>
  received(1_000, 1_000 + count).map((message) => ({ at: '2026-01-01T00:00:00.000Z', reason: 'of old', message }));

const rejects =
  (isBad: (offset: number) => boolean) =>
  async (messages: readonly ReceivedMessage[]): Promise<object> => {
    if (messages.some(({ offset }) => isBad(offset))) throw new Error('500');
    return {};
  };

function expectBalanced({ runner }: RunnerWorld): void {
  const { taken, delivered, atHand, deadLettered, expired } = runner.stats();
  expect(taken).toBe(delivered + atHand + deadLettered + expired);
}

describe('a replay', () => {
  it('delivers the dead letters, and the books move with them', async () => {
    const world = runnerWorld({ deadLetters: createMemoryDeadLetters(found(10)) });
    await world.pass(0);
    expect(world.runner.stats()).toMatchObject({ taken: 10, delivered: 0, deadLettered: 10 });
    const replayed = world.runner.replay();
    await world.pass(0);
    expect(await replayed).toEqual({ status: 'done', delivered: 10, refused: 0, remaining: 0, trouble: undefined });
    expect(world.sink.writes.flat()).toEqual(offsetsOf(received(1_000, 1_010)));
    expect(world.runner.stats()).toMatchObject({ taken: 10, delivered: 10, deadLettered: 0 });
  });

  it('of nothing is done at once', async () => {
    const world = runnerWorld();
    const replayed = world.runner.replay();
    await world.pass(0);
    expect(await replayed).toEqual({ status: 'done', delivered: 0, refused: 0, remaining: 0, trouble: undefined });
  });

  it('takes turns with the messages of the journal', async () => {
    const world = runnerWorld({ messages: received(0, 12), deadLetters: createMemoryDeadLetters(found(8)) });
    void world.runner.replay();
    await world.pass(0);
    const isReplayed = world.sink.writes.map(([offset = 0]) => offset >= 1_000);
    expect(isReplayed.slice(0, 4).sort()).toEqual([false, false, true, true]);
    expect(world.source.settledEnd).toBe(12);
    expectBalanced(world);
  });

  it('puts what is refused again back with the new reason', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(3)),
      write: async () => ({ refused: [{ index: 1, reason: 'still bad' }] }),
    });
    await world.pass(5_000);
    const replayed = world.runner.replay();
    await world.pass(0);
    expect(await replayed).toMatchObject({ delivered: 2, refused: 1, remaining: 0 });
    expect(world.deadLetters.letters).toEqual([
      { at: '2026-01-01T00:00:05.000Z', reason: 'still bad', message: aReceived(1_001) },
    ]);
    expectBalanced(world);
  });

  it('puts back what fails while others go through', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(8)),
      write: rejects((offset) => offset === 1_001),
    });
    const replayed = world.runner.replay();
    await world.pass(10_000);
    expect(await replayed).toMatchObject({ delivered: 7, refused: 1, remaining: 0 });
    expect(world.deadLetters.letters).toMatchObject([{ reason: '500', message: { offset: 1_001 } }]);
    expectBalanced(world);
  });

  it('ends when nothing goes through, and puts everything back as it was', async () => {
    const letters = found(9);
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(letters),
      write: () => Promise.reject(new Error('ECONNREFUSED')),
    });
    const replayed = world.runner.replay();
    await world.pass(10_000);
    expect(await replayed).toEqual({
      status: 'done',
      delivered: 0,
      refused: 0,
      remaining: 9,
      trouble: 'ECONNREFUSED',
    });
    expect(world.deadLetters.letters).toEqual(letters);
    expect(world.sink.writes).toHaveLength(6);
    expectBalanced(world);
  });

  it('of a letter that still fails does not hold up the journal', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(1)),
      write: rejects((offset) => offset >= 1_000),
    });
    const replayed = world.runner.replay();
    for (let i = 0; i < 50; i++) {
      world.source.push(received(i, i + 1));
      await world.pass(0);
      expect(world.runner.stats().atHand).toBe(0);
      await world.pass(100);
    }
    expect(await replayed).toMatchObject({ delivered: 0, remaining: 1 });
    expect(world.runner.stats()).toMatchObject({ delivered: 50, deadLettered: 1 });
  });

  it('waits when the back end asks to, and so does the journal', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(2)),
      write: async () => ({ retry: { afterMs: 5_000 } }),
    });
    const replayed = world.runner.replay();
    await world.pass(0);
    world.source.push(received(0, 1));
    world.sink.behave(async () => ({}));
    await world.pass(4_900);
    expect(world.sink.writes).toHaveLength(1);
    await world.pass(100);
    expect(await replayed).toMatchObject({ delivered: 2 });
    expect(world.runner.stats().delivered).toBe(3);
  });

  it('is one at a time', async () => {
    const world = runnerWorld({ deadLetters: createMemoryDeadLetters(found(2)) });
    const first = world.runner.replay();
    expect(await world.runner.replay()).toEqual({ status: 'under-way' });
    await world.pass(0);
    expect(await first).toMatchObject({ delivered: 2 });
    const next = world.runner.replay();
    await world.pass(0);
    expect(await next).toMatchObject({ status: 'done', delivered: 0 });
  });

  it('is answered when the runner ends, and what is left stays', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(5)),
      write: async () => ({ retry: { afterMs: 60_000 } }),
    });
    const replayed = world.runner.replay();
    await world.pass(0);
    await world.runner.close(1_000);
    expect(await replayed).toMatchObject({ delivered: 0, remaining: 5, trouble: 'the router ends' });
    expect(world.deadLetters.count).toBe(5);
    expect(await world.runner.replay()).toMatchObject({ remaining: 5, trouble: 'the router ends' });
  });

  it('ends when the disk is full, and loses nothing', async () => {
    const world = runnerWorld({
      deadLetters: createMemoryDeadLetters(found(3)),
      write: async () => ({ refused: [{ index: 0, reason: 'bad' }] }),
    });
    world.deadLetters.isFull = true;
    const replayed = world.runner.replay();
    await world.pass(1_000);
    expect(await replayed).toMatchObject({ delivered: 2, refused: 0, remaining: 1 });
    expect(world.deadLetters.count).toBe(1);
    world.deadLetters.isFull = false;
    await world.deadLetters.add([{ at: '2026-01-01T00:00:00.000Z', reason: 'later', message: aReceived(2_000) }]);
    world.sink.behave(async () => ({}));
    const again = world.runner.replay();
    await world.pass(0);
    expect(await again).toMatchObject({ delivered: 2, remaining: 0 });
    expect(world.deadLetters.count).toBe(0);
  });
});
