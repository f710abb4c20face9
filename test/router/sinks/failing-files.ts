import type { FileHandle } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { nodeFileCalls, type FileCalls } from '../../../src/router/sinks/file/file-calls.ts';

/** Real files, on a disk that has room for so many bytes more: what does not fit is written in part, then fails, as the system does it. */
export function smallDisk(roomBytes: number): FileCalls & { grow(bytes: number): void } {
  let room = roomBytes;
  return {
    ...nodeFileCalls,
    async open(path, flags) {
      const handle = await nodeFileCalls.open(path, flags);
      return intercept(handle, {
        async write(bytes: Buffer, at: number) {
          if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          const result = await handle.write(bytes, at, Math.min(room, bytes.length - at));
          room -= result.bytesWritten;
          return result;
        },
      });
    },
    grow: (bytes) => void (room += bytes),
  };
}

/** Real files of a process that is killed before its change number `last + 1`: that one and all later ones never happen, nor end. */
export function filesUntil(last: number): FileCalls & { readonly killed: Promise<'killed'> } {
  const handles: FileHandle[] = [];
  onTestFinished(async () => {
    for (const handle of handles) if (handle.fd >= 0) await handle.close(); // as the system does it
  });
  let changes = 0;
  let kill = (_: 'killed'): void => undefined;
  const killed = new Promise<'killed'>((resolve) => (kill = resolve));
  function change<T>(make: () => Promise<T>): Promise<T> {
    changes++;
    if (changes <= last) return make();
    kill('killed');
    return new Promise<never>(() => undefined);
  }
  return {
    killed,
    async open(path, flags) {
      const handle = await change(() => nodeFileCalls.open(path, flags));
      handles.push(handle);
      return intercept(handle, {
        /** In two pieces, so that a kill can come between them. */
        async write(bytes: Buffer, at: number) {
          const half = Math.ceil((bytes.length - at) / 2);
          return change(() => handle.write(bytes, at, half));
        },
        truncate: (length: number) => change(() => handle.truncate(length)),
      });
    },
    rename: (from, to) => change(() => nodeFileCalls.rename(from, to)),
  };
}

function intercept(handle: FileHandle, methods: Readonly<Record<string, unknown>>): FileHandle {
  return new Proxy(handle, {
    get(target, key) {
      if (typeof key === 'string' && key in methods) return methods[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
