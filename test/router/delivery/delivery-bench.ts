import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDelivery } from '../../../src/router/delivery/delivery.ts';
import type { Delivery, DeliveryConfig } from '../../../src/router/delivery/delivery-port.ts';
import type { SinkStats } from '../../../src/router/delivery/sink-stats.ts';
import { recoverJournal } from '../../../src/router/journal/recovery.ts';
import { createSegmentQueue, type SegmentQueue } from '../../../src/router/journal/segment-queue.ts';
import { openSetAside } from '../../../src/router/journal/set-aside.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { Sink, SinkFactory } from '../../../src/router/sink.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { createMemorySink } from '../../../src/testing/memory-sink.ts';
import { openTestJournal, type TestJournal } from '../support/test-journal.ts';

/** A sink that can be made to fail. */
export interface TestSink {
  readonly factory: SinkFactory;
  /** Offsets delivered, in order, over all instances. */
  readonly offsets: readonly number[];
  readonly messages: readonly ReceivedMessage[];
  isDown: boolean;
  /** Instances made, flushes and closings. */
  readonly calls: readonly string[];
}

export function testSink(name: string): TestSink {
  const messages: ReceivedMessage[] = [];
  const calls: string[] = [];
  const sink: TestSink = {
    messages,
    calls,
    isDown: false,
    get offsets() {
      return messages.map(({ offset }) => offset);
    },
    factory(): Sink {
      const memory = createMemorySink({ name });
      calls.push('made');
      return {
        name,
        async write(batch, signal) {
          if (sink.isDown) throw new Error('down');
          const before = memory.messages.length;
          const result = await memory.write(batch, signal);
          messages.push(...memory.messages.slice(before));
          return result;
        },
        flush() {
          calls.push('flush');
          return Promise.resolve();
        },
        close() {
          calls.push('close');
          return memory.close();
        },
      };
    },
  };
  return sink;
}

export interface DeliveryBench {
  readonly delivery: Delivery;
  readonly journal: TestJournal;
  readonly queue: SegmentQueue;
  readonly clock: ManualPlatform;
  readonly troubles: readonly string[];
  book(name: string): SinkStats;
  /** As if the process were killed: nothing is brought to disk any more. */
  abandon(): void;
}

export interface DeliveryBenchOptions extends DeliveryConfig {
  readonly dataDir: string;
  readonly maxBytes?: number;
  /** Half of what is kept in memory for sinks that catch up. */
  readonly segmentBytes?: number;
}

/** Delivery on a real folder, with a journal written by hand. Takes up what an earlier bench left there. */
export async function startBench(options: DeliveryBenchOptions): Promise<DeliveryBench> {
  const { dataDir, maxBytes = 1024 ** 3, segmentBytes = 64 * 1024 } = options;
  const dir = join(dataDir, 'journal');
  const troubles: string[] = [];
  const onTrouble = (text: string): void => void troubles.push(text);
  const clock = createManualPlatform();
  let isAbandoned = false;
  const setAside = await openSetAside(dir, onTrouble);
  const { queue } = createSegmentQueue({ maxBytes }, [], { clock, setAside, onAdded: () => undefined, onTrouble });
  const delivery = await openDelivery({ ...options, segmentBytes }, { clock, queue, onTrouble });
  queue.join(delivery.reader);
  await mkdir(dir, { recursive: true });
  const recovered = await recoverJournal(dir, { onRun: () => undefined });
  const nextOffset = Math.max(recovered.nextOffset, delivery.minOffset);
  const journal = await openTestJournal({
    dir,
    nextOffset,
    onWritten: (written) => isAbandoned || delivery.push(written),
    onClosed(segment) {
      if (isAbandoned) return;
      queue.add(segment);
      delivery.closeSegment(segment);
    },
  });
  for (const segment of recovered.segments) queue.add(segment);
  await delivery.start(recovered.segments, nextOffset);
  onTestFinished(() => closeBench(delivery, clock));
  return {
    delivery,
    journal,
    queue,
    clock,
    troubles,
    book(name) {
      const book = delivery.stats().sinks[name];
      if (book === undefined) throw new Error(`there is no sink ${name}`);
      return book;
    },
    abandon: () => void (isAbandoned = true),
  };
}

/** Closes while time goes on by itself. */
export async function closeBench(delivery: Delivery, clock: ManualPlatform, deadlineMs = 5_000): Promise<void> {
  let isClosed = false;
  const closing = delivery.close(deadlineMs).finally(() => (isClosed = true));
  while (!isClosed) {
    clock.advance(10);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await closing;
}

/** Whether the book balances. */
export const balance = ({ routed, delivered, waiting, deadLettered, expired }: SinkStats): number =>
  routed - delivered - waiting - deadLettered - expired;

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
