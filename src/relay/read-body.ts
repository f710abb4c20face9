/** The bytes of a body, or why there are none. */
export type BodyResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'too-large' | 'bad-gzip' | 'cut-off' };

type ByteStream = ReadableStream<Uint8Array>;

/** Reads the body of `request`, at most `maxBytes` of it, whatever its headers promise. */
export async function readBody(request: Request, maxBytes: number): Promise<BodyResult> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return { ok: false, reason: 'too-large' };
  if (request.body === null) return { ok: true, bytes: new Uint8Array(0) };
  return readCapped(request.body, maxBytes, 'cut-off');
}

/** Decompresses `bytes` to at most `maxBytes`: what would swell past that is given up on there, and never held. */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<BodyResult> {
  const compressed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return readCapped(compressed.pipeThrough(new DecompressionStream('gzip')), maxBytes, 'bad-gzip');
}

async function readCapped(stream: ByteStream, maxBytes: number, broken: 'bad-gzip' | 'cut-off'): Promise<BodyResult> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { ok: true, bytes: joined(chunks, length) };
      length += value.byteLength;
      if (length > maxBytes) {
        // Cancelling reports an error of its own when the sender is gone already; the answer is the same.
        reader.cancel().catch(() => undefined);
        return { ok: false, reason: 'too-large' };
      }
      chunks.push(value);
    }
  } catch {
    return { ok: false, reason: broken };
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
