import { describe, expect, it } from 'vitest';
import type { Sink } from '../../src/router/sink.ts';
import { createMemorySink } from '../../src/testing/memory-sink.ts';
import { sinkContract } from '../../src/testing/sink-contract.ts';

const memory = sinkContract(() => {
  const sink = createMemorySink();
  return Promise.resolve({ sink, received: () => Promise.resolve(sink.messages) });
});

describe('createMemorySink', () => {
  it.each(memory)('$name', ({ run }) => run());

  it('names what it refuses, and keeps the rest', async () => {
    const sink = createMemorySink({ refuse: ({ payload }) => (payload === 'bad' ? 'no' : undefined) });
    const message = {
      type: 'x',
      timestamp: '2026-11-22T10:44:00.123Z',
      logger: 'a',
      severity: 6,
      metadata: {},
    } as const;
    const batch = ['good', 'bad', 'good'].map((payload) => ({ ...message, payload }));
    expect(await sink.write(batch, new AbortController().signal)).toEqual({ refused: [{ index: 1, reason: 'no' }] });
    expect(sink.messages).toEqual([batch[0], batch[2]]);
  });
});

describe('sinkContract', () => {
  /** The names of the promises that the sink breaks. */
  async function broken(wrong: (sink: Sink) => Partial<Sink>): Promise<string[]> {
    const names: string[] = [];
    const cases = sinkContract(() => {
      const sink = createMemorySink();
      return Promise.resolve({ sink: { ...sink, ...wrong(sink) }, received: () => Promise.resolve(sink.messages) });
    });
    for (const { name, run } of cases) await run().catch(() => names.push(name));
    return names;
  }

  it('finds a sink that forgets, repeats or turns around', async () => {
    expect(await broken(() => ({ write: () => Promise.resolve({}) }))).toContain(
      'delivers each message of a batch once, in order',
    );
    expect(
      await broken((sink) => ({
        async write(batch, signal) {
          await sink.write(batch, signal);
          return sink.write(batch, signal);
        },
      })),
    ).toContain('delivers batch after batch');
    expect(await broken((sink) => ({ write: (batch, signal) => sink.write([...batch].reverse(), signal) }))).toEqual([
      'delivers each message of a batch once, in order',
      'delivers texts of every kind as they are',
    ]);
  });

  it('finds a sink that does not stop, refuses what is good, or has no proper name', async () => {
    const endless = (sink: Sink): Partial<Sink> => ({
      write: (batch, signal) => (signal.aborted ? new Promise(() => undefined) : sink.write(batch, signal)),
    });
    expect(await broken(endless)).toEqual(['settles soon when it is told to stop']);
    expect(await broken(() => ({ name: 'two words' }))).toEqual(['has a name that a label can be made of']);
    const picky = (): Partial<Sink> => ({ write: () => Promise.resolve({ refused: [{ index: 0, reason: 'no' }] }) });
    expect(await broken(picky)).toContain('changes nothing of what it is given');
  });
});
