import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMissing, parseArchiveFileName } from '../../../src/store/layout.ts';
import { removeFolder } from '../../../src/store/merge/merge-cleanup.ts';
import { tooMuch } from '../../../src/store/remote/limited.ts';
import { RemoteError, type Remote, type RemoteFailure, type RemoteFile } from '../../../src/store/remote/remote.ts';
import {
  checkFilePath,
  checkPath,
  copyingPath,
  dayFolder,
  isPathPart,
  parseDayFolder,
} from '../../../src/store/remote/remote-path.ts';
import { MAX_TEXT_BYTES, tooLong } from '../../../src/store/remote/small-text.ts';

export type RemoteCall =
  'list' | 'put' | 'replace' | 'read' | 'names' | 'get' | 'remove' | 'tidy' | 'days' | 'removeDay';
/** How a call ends instead: rejected with this kind, or not before its signal aborts it. */
export type Fault = RemoteFailure | 'silent';

export interface FolderRemote extends Remote {
  /** Set and deleted by the test. `path` is empty for `list`. */
  readonly faults: {
    /** Before the call does anything. */
    before?: ((call: RemoteCall, path: string) => Fault | undefined) | undefined;
    /** Of a `put` that has written all of the hidden file, and not renamed it. */
    beforeRename?: ((path: string) => Fault | undefined) | undefined;
    /** Once the call has done all it should, as where the answer got lost. */
    after?: ((call: RemoteCall, path: string) => Fault | undefined) | undefined;
  };
  /** What was called, in order, whatever came of it. */
  readonly calls: { readonly call: RemoteCall; readonly path: string }[];
}

/** A remote archive in a folder of this machine, with faults that can be switched. */
export function createFolderRemote(dir: string): FolderRemote {
  const faults: FolderRemote['faults'] = {};
  const calls: FolderRemote['calls'] = [];
  const at = (path: string): string => join(dir, path);

  async function fail(fault: Fault | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (fault === 'silent') await aborted(signal);
    else if (fault !== undefined) throw new RemoteError(fault, `The test wants ${fault}.`);
  }

  async function called<T>(
    call: RemoteCall,
    path: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    calls.push({ call, path });
    throwIfAborted(signal);
    await fail(faults.before?.(call, path), signal);
    const result = await run();
    await fail(faults.after?.(call, path), signal);
    throwIfAborted(signal);
    return result;
  }

  async function namesIn(path: string): Promise<readonly string[]> {
    return (await readdir(at(path)).catch(nothingIfMissing)) ?? [];
  }

  const dayFolders = async (): Promise<readonly string[]> =>
    (await namesIn('')).filter((name) => parseDayFolder(name) !== undefined);

  return {
    faults,
    calls,
    url: pathToFileURL(dir).href,
    list: ({ wants, signal } = {}) =>
      called('list', '', signal, async () => {
        const files: RemoteFile[] = [];
        for (const folder of await dayFolders()) {
          if (wants?.(folder.slice('dt='.length)) === false) continue;
          for (const name of await namesIn(folder)) {
            const path = `${folder}/${name}`;
            const bytes = (await stat(at(path)).catch(nothingIfMissing))?.size;
            if (parseArchiveFileName(name) !== undefined && bytes !== undefined) files.push({ path, bytes });
          }
        }
        return files;
      }),
    put: (from, path, signal) =>
      called('put', path, signal, async () => {
        checkFilePath(path);
        const content = await readFile(from).catch(localFailure);
        const verified = { bytes: content.length, checksum: `SHA-256:${sha256(content)}` };
        const there = await readFile(at(path)).catch(nothingIfMissing);
        if (there !== undefined) {
          if (there.equals(content)) return verified;
          throw new RemoteError('conflict', `Another file lies at ${path}.`);
        }
        await mkdir(dirname(at(path)), { recursive: true });
        await writeFile(at(copyingPath(path)), content);
        await fail(faults.beforeRename?.(path), signal);
        await rename(at(copyingPath(path)), at(path));
        return verified;
      }),
    replace: (text, path, signal) =>
      called('replace', path, signal, async () => {
        checkPath(path);
        await mkdir(dirname(at(path)), { recursive: true });
        await writeFile(`${at(path)}.new`, text);
        await rename(`${at(path)}.new`, at(path));
      }),
    read: (path, signal) =>
      called('read', path, signal, async () => {
        checkPath(path);
        const bytes = (await stat(at(path)).catch(nothingIfMissing))?.size;
        if (bytes !== undefined && bytes > MAX_TEXT_BYTES) throw tooLong('The folder', path);
        return readFile(at(path), 'utf8').catch(nothingIfMissing);
      }),
    names: (folder, signal) =>
      called('names', folder, signal, async () => {
        checkPath(folder);
        return (await namesIn(folder)).filter(isPathPart).map((name) => `${folder}/${name}`);
      }),
    get: (path, to, { signal, onBytes, maxBytes = Infinity } = {}) =>
      called('get', path, signal, async () => {
        checkFilePath(path);
        const bytes = (await stat(at(path)).catch(nothingIfMissing))?.size;
        if (bytes === undefined) throw new RemoteError('refused', `There is no ${path}.`);
        if (bytes > maxBytes) throw tooMuch('The folder', path, maxBytes);
        await copyFile(at(path), to, constants.COPYFILE_FICLONE).catch(localFailure);
        onBytes?.(bytes);
      }),
    remove: (path, signal) =>
      called('remove', path, signal, () => {
        checkPath(path);
        return rm(at(path), { force: true });
      }),
    days: (signal) =>
      called('days', '', signal, async () => (await dayFolders()).map((name) => name.slice('dt='.length))),
    removeDay: (dt, signal) => called('removeDay', dt, signal, () => removeFolder(at(dayFolder(dt)))),
    tidy: (path, signal) =>
      called('tidy', path, signal, () => {
        checkFilePath(path);
        return rm(at(copyingPath(path)), { force: true });
      }),
    close: () => Promise.resolve(),
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new RemoteError('aborted', 'It was asked to stop.');
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new RemoteError('aborted', 'It was asked to stop.'));
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function nothingIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function localFailure(error: unknown): never {
  throw new RemoteError('local', `A local file cannot be read or written: ${String(error)}.`);
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
