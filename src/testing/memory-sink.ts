import type { ReceivedMessage } from '../router/received-message.ts';
import type { Sink } from '../router/sink.ts';

export interface MemorySinkOptions {
  /** @default memory */
  readonly name?: string;
  /** Called before a message is taken; a text is the reason why it is refused. @default takes everything */
  readonly refuse?: (message: ReceivedMessage) => string | undefined;
}

export interface MemorySink extends Sink {
  /** What was delivered, in order. */
  readonly messages: readonly ReceivedMessage[];
}

/** A sink that keeps what it is given. */
export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  const messages: ReceivedMessage[] = [];
  let isClosed = false;
  return {
    name: options.name ?? 'memory',
    messages,
    write(batch, signal) {
      if (isClosed) return Promise.reject(new Error('the sink is closed'));
      if (signal.aborted) return Promise.reject(new Error('aborted'));
      const refused: { index: number; reason: string }[] = [];
      batch.forEach((message, index) => {
        const reason = options.refuse?.(message);
        if (reason === undefined) messages.push(message);
        else refused.push({ index, reason });
      });
      return Promise.resolve(refused.length === 0 ? {} : { refused });
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
