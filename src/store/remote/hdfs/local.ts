import { RemoteError } from '../remote.ts';

/** Resolves as `reading` does, of a local file. Rejects with RemoteError of kind `local`. */
export const local = async <T>(reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    throw new RemoteError('local', `A local file cannot be read: ${String(error)}.`);
  });
