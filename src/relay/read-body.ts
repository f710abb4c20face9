import type { Cancel, Clock } from '../core/platform.ts';
import { createByteCollector } from './byte-collector.ts';
import type { Place } from './room.ts';

/** The bytes of a body, or why there are none. */
export type BodyResult =
  { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: BodyFault };

export type BodyFault = 'too-large' | 'too-slow' | 'busy' | 'bad-gzip' | 'cut-off';

/** What holds for a body. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** For the whole of it, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

/**
 * A body that says it is no longer is read as a whole, in bytes: Node's streams cost ten times what the body does. What pages send fits; and one that
 * comes slowly holds no more than this until its connection ends.
 */
const SMALL_BYTES = 64 * 1024;

/** Reads the body of `request`, as much as the limits and its place allow, whatever its headers promise. */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  place: Place,
  clock: Pick<Clock, 'after'>,
): Promise<BodyResult> {
  const { maxBodyBytes, bodyTimeoutMs } = limits;
  const stated = request.headers.get('content-length');
  if (Number(stated ?? 0) > maxBodyBytes) return { ok: false, reason: 'too-large' };
  if (stated !== null && Number(stated) <= SMALL_BYTES) return readWhole(request, limits, place, clock);
  if (request.body === null) return { ok: true, bytes: new Uint8Array(0) };
  if (request.bodyUsed || request.body.locked) return { ok: false, reason: 'cut-off' }; // somebody else has read of it
  const reader = request.body.getReader();
  const deadline = { isOver: false };
  const cancel = clock.after(bodyTimeoutMs, () => {
    deadline.isOver = true;
    giveUp(reader); // which ends the read that waits
  });
  try {
    const result = await readCapped(reader, maxBodyBytes, place, 'cut-off', () => deadline.isOver);
    return deadline.isOver ? { ok: false, reason: 'too-slow' } : result;
  } finally {
    cancel();
  }
}

async function readWhole(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  place: Place,
  clock: Pick<Clock, 'after'>,
): Promise<BodyResult> {
  let cancel: Cancel | undefined;
  const tooLate = new Promise<null>((resolve) => (cancel = clock.after(bodyTimeoutMs, () => resolve(null))));
  try {
    const buffer = await Promise.race([request.arrayBuffer(), tooLate]);
    if (buffer === null) return { ok: false, reason: 'too-slow' };
    if (buffer.byteLength > maxBodyBytes) return { ok: false, reason: 'too-large' }; // a header that lies, where nobody checks it
    return place.hold(buffer.byteLength) ? { ok: true, bytes: new Uint8Array(buffer) } : { ok: false, reason: 'busy' };
  } catch {
    return { ok: false, reason: 'cut-off' };
  } finally {
    cancel?.();
  }
}

/** Decompresses `bytes` to at most `maxBytes`: what would swell past that is given up on there, and never held. */
export async function gunzip(bytes: Uint8Array, maxBytes: number, place: Place): Promise<BodyResult> {
  const compressed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const reader = compressed.pipeThrough(new DecompressionStream('gzip')).getReader();
  return readCapped(reader, maxBytes, place, 'bad-gzip', () => false);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function readCapped(
  reader: Reader,
  maxBytes: number,
  place: Place,
  broken: 'bad-gzip' | 'cut-off',
  isOver: () => boolean,
): Promise<BodyResult> {
  const collected = createByteCollector();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || isOver()) return { ok: true, bytes: collected.bytes() };
      const isTooLarge = collected.byteLength + value.byteLength > maxBytes;
      if (isTooLarge || !place.hold(collected.add(value))) {
        giveUp(reader);
        return { ok: false, reason: isTooLarge ? 'too-large' : 'busy' };
      }
    }
  } catch {
    return { ok: false, reason: broken };
  }
}

/** Cancelling reports an error of its own when the sender is gone already; the answer is the same. */
function giveUp(reader: Reader): void {
  reader.cancel().catch(() => undefined);
}
