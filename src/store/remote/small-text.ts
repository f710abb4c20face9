import { limited } from './limited.ts';
import { RemoteError } from './remote.ts';

/** The longest text is a book of registered types: 200 types of 100 keys of 128 units each are 8 MiB of UTF-8 at most. */
export const MAX_TEXT_BYTES: number = 16 * 1024 * 1024;

/** All of what comes, as text. Rejects with RemoteError of kind `conflict`, and takes no more, once it is longer than any of ours. */
export async function readSmallText(pieces: AsyncIterable<Uint8Array>, url: string, path: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of limited(pieces, MAX_TEXT_BYTES, () => tooLong(url, path))) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Something else lies there. */
export const tooLong = (url: string, path: string): RemoteError =>
  new RemoteError('conflict', `${url} has something else at ${path}: it is longer than ${MAX_TEXT_BYTES} bytes.`);
