import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CHUNK_HEADER_BYTES, readChunk } from '../../src/core/chunks.ts';
import { createChunkSender } from '../../src/core/chunk-sender.ts';
import { createManualPlatform, type SendResult } from '../../src/testing/index.ts';

const KIB = 1_024;

function open(results: readonly SendResult[] = []) {
  const platform = createManualPlatform();
  const sent: { readonly id: string; readonly atMs: number; readonly bytes: number }[] = [];
  const sendBytes = (bytes: Uint8Array): Promise<SendResult> => {
    const result = results[sent.length] ?? { status: 'sent' };
    sent.push({ id: readChunk(bytes)?.id ?? '', atMs: platform.monotonic(), bytes: bytes.length });
    return Promise.resolve(result);
  };
  const sender = createChunkSender(sendBytes, platform, randomBytes);
  const send = (byteLength: number): Promise<SendResult> =>
    sender.send(
      new Uint8Array(byteLength),
      () => new Uint8Array(byteLength),
      () => 16 * KIB + CHUNK_HEADER_BYTES,
    );
  /** When each message's chunks left, and how many they were. */
  const departures = (): (readonly [atMs: number, chunkCount: number])[] =>
    [...new Set(sent.map(({ id }) => id))].map((id) => {
      const chunks = sent.filter((chunk) => chunk.id === id);
      expect(new Set(chunks.map(({ atMs }) => atMs)).size).toBe(1);
      return [chunks[0]!.atMs, chunks.length];
    });
  return { platform, sender, send, departures };
}

describe('createChunkSender', () => {
  it('sends the chunks of one message at once, and those of the next a moment later, in the order of their sending', async () => {
    const { platform, send, departures } = open();
    const all = Promise.all([256, 128, 64].map((kib) => send(kib * KIB)));
    expect(departures()).toEqual([[0, 16]]);
    platform.advance(20);
    expect(departures()).toEqual([
      [0, 16],
      [8, 8],
      [12, 4],
    ]);
    expect(await all).toEqual([{ status: 'sent' }, { status: 'sent' }, { status: 'sent' }]);
    platform.advance(1_000);
    void send(64 * KIB);
    expect(departures().at(-1)).toEqual([1_020, 4]);
  });

  it('sends all that waits, and nothing later any more, where it is hurried', () => {
    const { sender, send, departures, platform } = open();
    for (let i = 0; i < 3; i++) void send(256 * KIB);
    sender.hurry();
    expect(departures()).toEqual(Array.from({ length: 3 }, () => [0, 16]));
    void send(256 * KIB);
    expect(departures()).toHaveLength(4);
    expect(platform.timerCount).toBe(0);
  });

  it('answers for the message what befell any of its chunks', async () => {
    const failed: SendResult = { status: 'retry', reason: 'unreachable', cause: 'nobody listens' };
    const { send, platform } = open([{ status: 'sent' }, failed, { status: 'sent' }]);
    expect(await send(48 * KIB)).toEqual(failed);
    platform.advance(10);
    expect(await send(48 * KIB)).toEqual({ status: 'sent' });
  });
});
