import { describe, expect, it } from 'vitest';
import type { Sink } from '../../src/router/sink.ts';
import { createMemorySink, sinkContract } from '../../src/testing/index.ts';
import { aMessage } from '../router/sinks/a-message.ts';

/** A memory sink whose back end fails, or hangs, until it is mended. */
function brokenMemory(broken: Sink['write']) {
  const sink = createMemorySink();
  let isBroken = true;
  return Promise.resolve({
    sink: { ...sink, write: (...args: Parameters<Sink['write']>) => (isBroken ? broken : sink.write)(...args) },
    received: async () => sink.messages,
    mend: async () => void (isBroken = false),
  });
}
const failing: Sink['write'] = (_, signal) =>
  Promise.reject(new Error(signal.aborted ? 'aborted' : 'the back end is down'));
const silent: Sink['write'] = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

describe('createMemorySink', () => {
  const cases = sinkContract(
    async () => {
      const sink = createMemorySink();
      return { sink, received: async () => sink.messages };
    },
    { makeFailing: () => brokenMemory(failing), makeSilent: () => brokenMemory(silent) },
  );
  it.each(cases)('$name', ({ run }) => run());

  it('names what it refuses, and keeps the rest', async () => {
    const sink = createMemorySink({ refuse: ({ payload }) => (payload === 'bad' ? 'no' : undefined) });
    const batch = ['good', 'bad', 'good'].map((payload) => aMessage({ payload }));
    expect(await sink.write(batch, new AbortController().signal)).toEqual({ refused: [{ index: 1, reason: 'no' }] });
    expect(sink.messages).toEqual([batch[0], batch[2]]);
  });
});

describe('sinkContract', () => {
  async function failed(cases: ReturnType<typeof sinkContract>): Promise<string[]> {
    const names: string[] = [];
    for (const { name, run } of cases) await run().catch(() => names.push(name));
    return names;
  }

  /** The names of the promises that the sink breaks. */
  function broken(wrong: (sink: Sink) => Partial<Sink>): Promise<string[]> {
    return failed(
      sinkContract(async () => {
        const sink = createMemorySink();
        return { sink: { ...sink, ...wrong(sink) }, received: async () => sink.messages };
      }),
    );
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
      'delivers texts of every kind as they are, or refuses them',
      'changes and keeps nothing of what it is given',
    ]);
  });

  it('finds a sink that does not stop, refuses what is good, or has no proper name', async () => {
    const endless = (sink: Sink): Partial<Sink> => ({
      write: (batch, signal) => (signal.aborted ? new Promise(() => undefined) : sink.write(batch, signal)),
    });
    expect(await broken(endless)).toEqual(['settles soon when it is told to stop']);
    expect(await broken(() => ({ name: 'two words' }))).toEqual(['has a name that a label can be made of']);
    const picky = (): Partial<Sink> => ({ write: () => Promise.resolve({ refused: [{ index: 0, reason: 'no' }] }) });
    expect(await broken(picky)).toContain('changes and keeps nothing of what it is given');
  });

  it('finds a sink that changes the batch, or whose answers speak of no message', async () => {
    const thief = (sink: Sink): Partial<Sink> => ({
      async write(batch, signal) {
        const result = await sink.write([...batch], signal);
        (batch as unknown[]).pop();
        return result;
      },
    });
    expect(await broken(thief)).toContain('changes and keeps nothing of what it is given');
    const confused = (sink: Sink): Partial<Sink> => ({
      write: async (batch, signal) => ({
        ...(await sink.write(batch, signal)),
        refused: [{ index: batch.length, reason: 'no' }],
      }),
    });
    expect(await broken(confused)).toContain('takes an empty batch');
  });

  it('finds a sink that fails to flush, or takes what it can no longer deliver', async () => {
    expect(await broken(() => ({ flush: () => Promise.reject(new Error('no')) }))).toEqual(['flushes at any time']);
    expect(await broken(() => ({ close: () => Promise.resolve() }))).toEqual([
      'closes once, however often it is told, and takes nothing afterwards',
    ]);
  });

  it('finds a sink that claims what its back end did not take, and one that waits for ever', async () => {
    const make = async () => {
      const sink = createMemorySink();
      return { sink, received: async () => sink.messages };
    };
    expect(await failed(sinkContract(make, { makeFailing: () => brokenMemory(async () => ({})) }))).toEqual([
      'asks again for what its back end did not take, and delivers it later',
    ]);
    const makeSilent = () => brokenMemory(() => new Promise(() => undefined));
    expect(await failed(sinkContract(make, { makeSilent }))).toEqual([
      'settles soon when its back end is silent and it is told to stop',
    ]);
  });
});
