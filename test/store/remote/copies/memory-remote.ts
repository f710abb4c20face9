import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { RemoteError, type Remote } from '../../../../src/store/remote/remote.ts';

/** A store in memory. */
export interface MemoryRemote extends Remote {
  /** What is in it, by path. */
  readonly files: Map<string, Buffer>;
  /** Called before and after each call does its work; what it throws, the call rejects with. @default nothing */
  onCall: (moment: 'before' | 'after', call: string, path: string, signal?: AbortSignal) => void | Promise<void>;
}

const checksumOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

export function createMemoryRemote(url = 'hdfs://memory:9870/metlog'): MemoryRemote {
  const files = new Map<string, Buffer>();
  async function call<T>(name: string, path: string, signal: AbortSignal | undefined, work: () => T | Promise<T>) {
    const abort = (): void => {
      if (signal?.aborted === true) throw new RemoteError('aborted', `${name} was ended`);
    };
    abort();
    await remote.onCall('before', name, path, signal);
    abort();
    const result = await work();
    await remote.onCall('after', name, path, signal);
    return result;
  }
  const remote: MemoryRemote = {
    url,
    files,
    onCall: () => undefined,
    list: ({ wants = () => true, signal } = {}) =>
      call('list', '', signal, () =>
        [...files]
          .filter(([path]) => path.startsWith('dt=') && wants(path.slice(3, 13)))
          .map(([path, { length }]) => ({ path, bytes: length })),
      ),
    put: (from, path, signal) =>
      call('put', path, signal, async () => {
        const content = await readFile(from).catch((error: unknown) => {
          throw new RemoteError('local', `${from} cannot be read`, { cause: error });
        });
        const there = files.get(path);
        if (there !== undefined && !there.equals(content)) throw new RemoteError('conflict', `${path} is another file`);
        files.set(path, content);
        return { bytes: content.length, checksum: checksumOf(content) };
      }),
    replace: (text, path, signal) => call('replace', path, signal, () => void files.set(path, Buffer.from(text))),
    read: (path, signal) => call('read', path, signal, () => files.get(path)?.toString()),
    names: (folder, signal) =>
      call('names', folder, signal, () => [...files.keys()].filter((path) => path.startsWith(`${folder}/`))),
    get: (path, to, { signal } = {}) => call('get', path, signal, () => writeFile(to, files.get(path) ?? '')),
    remove: (path, signal) => call('remove', path, signal, () => void files.delete(path)),
    days: (signal) =>
      call('days', '', signal, () => [
        ...new Set([...files.keys()].filter((path) => path.startsWith('dt=')).map((path) => path.slice(3, 13))),
      ]),
    removeDay: (dt, signal) => call('removeDay', dt, signal, () => undefined),
    tidy: (path, signal) => call('tidy', path, signal, () => undefined),
    close: () => Promise.resolve(),
  };
  return remote;
}
