import { CHUNK_ID_BYTES, MAX_CHUNKED_BYTES, splitIntoChunks } from './chunks.ts';
import type { Clock } from './platform.ts';
import type { SendResult } from './transport.ts';

/** Sends what is longer than a datagram. */
export interface ChunkSender {
  /** Sends `bytes` in chunks of at most `chunkBytes`; where it has to wait for those before it, what `encode` makes instead, later. */
  send(bytes: Uint8Array, encode: () => Uint8Array, chunkBytes: () => number): Promise<SendResult>;
  /** Sends all that waits before it returns, and has nothing wait any more. */
  hurry(): void;
}

/**
 * Chunks of one message leave at once: the smallest receive buffer that Linux commonly gives holds them even while nobody reads. Those of
 * the next are held back for so long, in milliseconds a KiB: 32 MiB a second.
 */
const PAUSE_MS_PER_KIB: number = 1 / 32;

/** `sendBytes` sends one datagram; `randomBytes` makes so many bytes that nobody can guess. */
export function createChunkSender(
  sendBytes: (bytes: Uint8Array) => Promise<SendResult>,
  clock: Pick<Clock, 'monotonic' | 'after'>,
  randomBytes: (length: number) => Uint8Array,
): ChunkSender {
  const held = new Set<() => void>();
  let nextMs = 0;
  let isHurried = false;

  /** Each attempt has an id of its own: what is left of another is of no use to it. */
  async function sendAll(bytes: Uint8Array, chunkBytes: number): Promise<SendResult> {
    const chunks = splitIntoChunks(bytes, randomBytes(CHUNK_ID_BYTES), chunkBytes);
    const results = await Promise.all(chunks.map(sendBytes));
    return results.find(({ status }) => status !== 'sent') ?? { status: 'sent' }; // without one, the others are lost too
  }

  function holdBack(delayMs: number, start: () => Promise<SendResult>): Promise<SendResult> {
    return new Promise((settle) => {
      const release = (): void => {
        cancel();
        held.delete(release);
        settle(start());
      };
      const cancel = clock.after(delayMs, release);
      held.add(release);
    });
  }

  return {
    send(bytes, encode, chunkBytes) {
      if (bytes.length > MAX_CHUNKED_BYTES) {
        const cause = `a message of ${bytes.length} bytes is longer than chunks may carry`;
        return Promise.resolve({ status: 'refused', reason: 'too-large', cause });
      }
      const nowMs = clock.monotonic();
      const delayMs = nextMs - nowMs;
      nextMs = Math.max(nextMs, nowMs) + (bytes.length / 1_024) * PAUSE_MS_PER_KIB;
      if (isHurried || delayMs <= 0) return sendAll(bytes, chunkBytes());
      return holdBack(delayMs, () => sendAll(encode(), chunkBytes()));
    },
    hurry() {
      isHurried = true;
      for (const release of held) release();
    },
  };
}
