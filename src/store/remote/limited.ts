import { RemoteError } from './remote.ts';

/** The pieces as they come. Throws `tooMuch` in place of the one with which they would be more than `maxBytes`, and ends where they come from. */
export async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooMuch: () => Error,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooMuch();
    yield piece;
  }
}

/** More comes than was listed: files of an archive never grow. */
export const tooMuch = (url: string, path: string, bytes: number): RemoteError =>
  new RemoteError('away', `${url} sent more of ${path} than the ${bytes} bytes that it lists.`);
