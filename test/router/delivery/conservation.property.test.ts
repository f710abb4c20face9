import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSinkRunner } from '../../../src/router/delivery/runner.ts';
import type { ReplayResult } from '../../../src/router/delivery/replay-result.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { createMemoryDeadLetters } from './support/memory-dead-letters.ts';
import { createMemorySource } from './support/memory-source.ts';
import { received } from './support/messages.ts';
import { createScriptedSink } from './support/scripted-sink.ts';

/** What the back end does with one write, or what happens beside it. */
type Step =
  | { readonly do: 'take' | 'reject' | 'throw' | 'nonsense' | 'retry' }
  | { readonly do: 'refuse' | 'take-some'; readonly at: number }
  | { readonly do: 'patience' | 'slow' | 'late'; readonly ms: number };

type Event =
  | { readonly do: 'push'; readonly count: number }
  | { readonly do: 'replay' }
  | { readonly do: 'disk'; readonly isFull: boolean }
  | { readonly do: 'pass'; readonly ms: number };

const index = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'take' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>({ do: 'reject' }, { do: 'throw' }, { do: 'nonsense' }, { do: 'retry' }),
  },
  fc.record({ do: fc.constantFrom('refuse' as const, 'take-some' as const), at: index }),
  fc.record({
    do: fc.constantFrom('patience' as const, 'slow' as const, 'late' as const),
    ms: fc.integer({ min: 0, max: 30_000 }),
  }),
);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant('push' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.constant<Event>({ do: 'replay' }),
  fc.record({ do: fc.constant('disk' as const), isFull: fc.boolean() }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60_000 }) }) },
);

interface Schedule {
  readonly steps: readonly Step[];
  readonly events: readonly Event[];
  readonly poison: readonly number[];
  readonly randoms: readonly number[];
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  events: fc.array(event, { minLength: 1, maxLength: 20 }),
  poison: fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 4 }),
  randoms: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 8 }),
});

/** All promises have run on: only time can change anything now. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('whatever a sink does', () => {
  it('every message is delivered or in the dead letters, nothing is settled before, and the books balance', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async ({ steps, events, poison, randoms }) => {
        const clock = createManualPlatform({ randoms });
        const source = createMemorySource();
        const deadLetters = createMemoryDeadLetters();
        const arrived = new Set<number>();
        let openReplays = 0;
        let isPoisonous = true;
        let underWay = 0;
        let isOverlapping = false; // a failed expectation inside the sink would be one more failure of the sink
        const script = [...steps];
        const sink = createScriptedSink((messages, signal) => {
          isOverlapping ||= ++underWay > 1;
          return perform(script.shift() ?? { do: 'take' }, messages, signal, () => underWay--);
        });

        function perform(
          now: Step,
          messages: readonly ReceivedMessage[],
          signal: AbortSignal,
          ended: () => void,
        ): unknown {
          const take = (from: number, to: number): void =>
            messages.slice(from, to).forEach(({ offset }) => arrived.add(offset));
          const hasPoison = isPoisonous && messages.some(({ offset }) => poison.includes(offset));
          if (now.do === 'late' || now.do === 'slow') {
            return new Promise((resolve, reject) => {
              const settle = (isDone: boolean): void => {
                ended();
                if (!isDone || hasPoison) reject(new Error('no'));
                else {
                  take(0, messages.length);
                  resolve({});
                }
              };
              const cancel = clock.after(now.ms, () => settle(true));
              if (now.do === 'late') return; // it does not look at its signal
              signal.addEventListener('abort', () => {
                cancel();
                settle(false);
              });
            });
          }
          ended();
          if (hasPoison) throw new Error('poison');
          switch (now.do) {
            case 'take':
              take(0, messages.length);
              return Promise.resolve({});
            case 'reject':
              take(0, 1); // it arrived, and nobody knows
              return Promise.reject(new Error('no'));
            case 'throw':
              throw new Error('no');
            case 'nonsense':
              return Promise.resolve({ refused: [{ index: 99, reason: 'x' }] });
            case 'retry':
              return Promise.resolve({ retry: {} });
            case 'patience':
              return Promise.resolve({ retry: { afterMs: now.ms } });
            case 'take-some': {
              const from = Math.min(now.at, messages.length);
              take(0, from);
              return Promise.resolve({ retry: { from } });
            }
            case 'refuse': {
              const refused = Math.min(now.at, messages.length - 1);
              messages.forEach(({ offset }, i) => i !== refused && arrived.add(offset));
              return Promise.resolve({ refused: [{ index: refused, reason: 'bad' }] });
            }
          }
        }

        const runner = createSinkRunner({
          name: 'scripted',
          sink,
          source,
          deadLetters,
          clock,
          random: () => clock.random(),
          onTrouble: () => undefined,
          options: { batchMessages: 5, deadlineMs: 10_000 },
        });
        runner.start();
        let pushed = 0;

        function check(): void {
          expect(isOverlapping).toBe(false);
          const { taken, delivered, atHand, deadLettered, expired } = runner.stats();
          expect(taken).toBe(delivered + atHand + deadLettered + expired);
          expect(taken + source.length).toBe(pushed);
          const dead = new Set(deadLetters.letters.map(({ message }) => message.offset));
          // A replay's letters are neither, while they are aside.
          const isReplaying = deadLettered > deadLetters.letters.length;
          for (let offset = 0; offset < source.settledEnd && !isReplaying; offset++)
            expect(arrived.has(offset) || dead.has(offset), `message ${offset} is settled and nowhere`).toBe(true);
        }

        async function pass(ms: number): Promise<void> {
          await quiet();
          for (let passed = 0; passed < ms; passed += 500) {
            clock.advance(500);
            await quiet();
            check();
          }
        }

        for (const now of events) {
          if (now.do === 'push') {
            source.push(received(pushed, pushed + now.count));
            pushed += now.count;
          } else if (now.do === 'disk') deadLetters.isFull = now.isFull;
          else if (now.do === 'replay') {
            openReplays++;
            void runner.replay().then(() => openReplays--);
          } else await pass(now.ms);
          await quiet();
        }

        // All faults end.
        script.length = 0;
        deadLetters.isFull = false;
        isPoisonous = false;
        for (let i = 0; i < 10 && runner.stats().atHand + source.length + openReplays > 0; i++) await pass(40_000);
        await pass(1_000);
        check();
        expect(runner.stats().atHand).toBe(0);
        expect(source.settledEnd).toBe(pushed);

        // What is in the dead letters can be delivered now.
        expect(openReplays).toBe(0);
        let last: ReplayResult | undefined;
        void runner.replay().then((result) => (last = result));
        await pass(1_000);
        expect(last).toMatchObject({ status: 'done', refused: 0, remaining: 0 });
        expect(arrived.size).toBe(pushed);
        expect(runner.stats()).toMatchObject({ delivered: pushed, deadLettered: 0, atHand: 0 });
        await runner.close(1_000);
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
