import { writeFile } from 'node:fs/promises';
import { RemoteError, type Remote, type RemoteFile } from '../../../src/store/remote/remote.ts';
import { MAX_TEXT_BYTES, tooLong } from '../../../src/store/remote/small-text.ts';

/** A remote archive in memory, as readers use one; its files and failures are the test's to change. */
export interface MemoryRemote extends Remote {
  /** By their paths. */
  readonly content: Map<string, Uint8Array | string>;
  /** Paths that were got, in that order. */
  readonly got: string[];
  /** What the next `get`s reject with, or do before they go on. */
  readonly before: ((path: string) => Promise<void> | void)[];
}

const DAY_FILE = /^dt=([^/]+)\/[^_.]/;

export function memoryRemote(): MemoryRemote {
  const content = new Map<string, Uint8Array | string>();
  const got: string[] = [];
  const before: MemoryRemote['before'] = [];
  const url = 'hdfs://nowhere/archive';
  const refuse = (): Promise<never> => Promise.reject(new RemoteError('refused', `${url} is only read here`));
  const check = (signal: AbortSignal | undefined): void => {
    if (signal?.aborted === true) throw new RemoteError('aborted', 'aborted');
  };
  return {
    url,
    content,
    got,
    before,
    async list({ wants = () => true, signal } = {}) {
      check(signal);
      return [...content].flatMap(([path, bytes]): RemoteFile[] => {
        const dt = DAY_FILE.exec(path)?.[1];
        return dt !== undefined && wants(dt) ? [{ path, bytes: bytes.length }] : [];
      });
    },
    async get(path, to, { signal, onBytes } = {}) {
      got.push(path);
      await before.shift()?.(path);
      check(signal);
      const bytes = content.get(path);
      if (bytes === undefined) throw new RemoteError('refused', `${url} has no ${path}`);
      const half = Math.floor(bytes.length / 2);
      await writeFile(to, bytes);
      onBytes?.(half);
      onBytes?.(bytes.length - half);
    },
    async read(path, signal) {
      check(signal);
      const text = content.get(path);
      if ((text?.length ?? 0) > MAX_TEXT_BYTES) throw tooLong(url, path);
      return text === undefined ? undefined : String(text);
    },
    async names(folder, signal) {
      check(signal);
      return [...content.keys()].filter((path) => path.startsWith(`${folder}/`));
    },
    put: refuse,
    replace: refuse,
    remove: refuse,
    days: refuse,
    removeDay: refuse,
    tidy: refuse,
    async close() {
      // nothing is open
    },
  };
}
