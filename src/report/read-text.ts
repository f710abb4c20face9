/** The body of a request as text; null if it has more than `maxBytes`. */
export async function readText(request: Request, maxBytes: number): Promise<string | null> {
  const body: ReadableStream<Uint8Array> | null = request.body;
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.byteLength;
    if (length > maxBytes) return null;
    text += decoder.decode(value, { stream: true });
  }
}
