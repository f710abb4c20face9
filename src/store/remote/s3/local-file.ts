import { open, type FileHandle } from 'node:fs/promises';
import { RemoteError } from '../remote.ts';

/** Runs what touches a local file. Rejects with RemoteError of kind `local`. */
export async function withLocal<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RemoteError('local', `The local file ${path} cannot be read or written: ${String(error)}.`, {
      cause: error,
    });
  }
}

/** Opens a local file for `work`, and closes it. */
export async function withFile<T>(
  path: string,
  flags: 'r' | 'w',
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await withLocal(path, () => open(path, flags));
  let result: T;
  try {
    result = await work(handle);
  } catch (error) {
    await handle.close().catch(() => undefined); // what went wrong first is told
    throw error;
  }
  await withLocal(path, () => handle.close());
  return result;
}

/** Fills `buffer` with what lies at `position`. A file that ends before is no longer the one that was measured. */
export async function readFully(path: string, handle: FileHandle, buffer: Buffer, position: number): Promise<void> {
  for (let filled = 0; filled < buffer.length;) {
    const { bytesRead } = await withLocal(path, () =>
      handle.read(buffer, filled, buffer.length - filled, position + filled),
    );
    if (bytesRead === 0) throw new RemoteError('local', `The local file ${path} became shorter while it was read.`);
    filled += bytesRead;
  }
}
