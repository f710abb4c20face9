import type { Writable } from 'node:stream';
import type { Sink, SinkContext } from '../sink.ts';
import { ndjsonLine } from './ndjson-line.ts';
import type { StdoutSpec } from './stdout-spec.ts';
import { untilAborted } from './until-aborted.ts';

const guarded = new WeakSet<Writable>();

/** Without a listener, a pipe that nobody reads any more would end the process. Each write hears of its failure itself. */
function guard(stream: Writable): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', () => undefined);
}

/**
 * Writes each message as a line of JSON to standard output, or to `stream`, which stays open. Waits for whoever reads it; once nobody does, the
 * messages wait and the process goes on.
 */
export function createStdoutSink(_spec: StdoutSpec, { name }: SinkContext, stream: Writable = process.stdout): Sink {
  let isClosed = false;
  guard(stream);

  function write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** What a write left behind that was told to stop: it is still on its way, and the next one goes after it. */
  let last = Promise.resolve();

  return {
    name,
    async write(messages, signal) {
      if (isClosed) throw new Error('the sink is closed');
      await untilAborted(last, signal);
      if (messages.length === 0) return {};
      const written = write(messages.map(ndjsonLine).join(''));
      last = written.catch(() => undefined);
      await untilAborted(written, signal);
      return {};
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
