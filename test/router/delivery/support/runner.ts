import { onTestFinished } from 'vitest';
import { createSinkRunner, type SinkRunner, type SinkRunnerOptions } from '../../../../src/router/delivery/runner.ts';
import { createManualPlatform, type ManualPlatform } from '../../../../src/testing/manual-clock.ts';
import type { ReceivedMessage } from '../../../../src/router/received-message.ts';
import { createMemoryDeadLetters, type MemoryDeadLetters } from './memory-dead-letters.ts';
import { createMemorySource, type MemorySource } from './memory-source.ts';
import { createScriptedSink, type ScriptedSink, type Write } from './scripted-sink.ts';

export interface RunnerWorld {
  readonly runner: SinkRunner;
  readonly clock: ManualPlatform;
  readonly source: MemorySource;
  readonly sink: ScriptedSink;
  readonly deadLetters: MemoryDeadLetters;
  /** What a person was told. */
  readonly told: readonly string[];
  /** Lets time pass in steps, and everything run that it sets off. */
  pass(ms: number, stepMs?: number): Promise<void>;
}

export interface WorldOptions extends Partial<SinkRunnerOptions> {
  readonly messages?: readonly ReceivedMessage[];
  readonly write?: Write;
  readonly deadLetters?: MemoryDeadLetters;
  /** @default the whole of each pause */
  readonly randoms?: readonly number[];
}

/** A runner between a source, a sink and a clock that the test moves; started. */
export function runnerWorld(options: WorldOptions = {}): RunnerWorld {
  const clock = createManualPlatform({ randoms: options.randoms ?? [1] });
  const source = createMemorySource(options.messages);
  const sink = createScriptedSink(options.write);
  const deadLetters = options.deadLetters ?? createMemoryDeadLetters();
  const told: string[] = [];
  const runner = createSinkRunner({
    name: 'scripted',
    sink,
    source,
    deadLetters,
    clock,
    random: () => clock.random(),
    onTrouble: (text) => told.push(text),
    waiting: () => source.length,
    options: { batchMessages: options.batchMessages ?? 4, deadlineMs: options.deadlineMs ?? 10_000 },
  });
  runner.start();
  onTestFinished(async () => {
    const closed = runner.close(0);
    clock.advance(0);
    await closed;
  });
  return {
    runner,
    clock,
    source,
    sink,
    deadLetters,
    told,
    async pass(ms, stepMs = 100) {
      await clock.settle();
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        clock.advance(Math.min(stepMs, leftMs));
        await clock.settle();
      }
    },
  };
}
