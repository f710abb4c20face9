import type { ReceivedMessage } from '../../../../src/router/received-message.ts';
import type { Sink } from '../../../../src/router/sink.ts';
import { offsetsOf } from './messages.ts';

export type Write = (messages: readonly ReceivedMessage[], signal: AbortSignal) => unknown;

export interface ScriptedSink extends Sink {
  /** Offsets of each write, in order. */
  readonly writes: readonly (readonly number[])[];
  readonly closeCount: number;
  /** What it does from now on. */
  behave(write: Write): void;
}

/** A sink that does what it is told, well or badly: whatever `write` gives or throws. */
export function createScriptedSink(write: Write = () => Promise.resolve({})): ScriptedSink {
  const writes: number[][] = [];
  let now = write;
  let closeCount = 0;
  return {
    name: 'scripted',
    writes,
    write(messages, signal) {
      writes.push(offsetsOf(messages));
      // A sink written in JavaScript may answer anything.
      return now(messages, signal) as ReturnType<Sink['write']>;
    },
    async close() {
      closeCount++;
    },
    behave(next) {
      now = next;
    },
    get closeCount() {
      return closeCount;
    },
  };
}
