import { rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { publishFile } from '../../publish.ts';
import { RemoteError, type Remote, type RemoteFile } from '../remote.ts';

export interface FetchProgress {
  readonly fetchedBytes: number;
  readonly totalBytes: number;
}

export interface FetchOptions {
  /** Where a file is put. */
  readonly pathOf: (file: RemoteFile) => string;
  /** A new path, on the same file system, at which it is written. */
  readonly stagedPath: () => string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
}

/** Files under way at a time: enough to fill a network on which each answer takes its time. */
const AT_ONCE = 4;
/** Pauses before a store that is away is asked again. Somebody waits for the answer. */
const PAUSES_MS = [500, 2_000];

/**
 * Fetches files of a remote archive, each whole or not at all. A file that the remote has no longer, as its retention has just taken it, is left out.
 * Resolves to those that were fetched. Rejects with RemoteError at the first that cannot be had; what was fetched until then stays.
 */
export async function fetchFiles(
  remote: Remote,
  files: readonly RemoteFile[],
  options: FetchOptions,
): Promise<readonly RemoteFile[]> {
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let fetchedBytes = 0;
  const waiting = [...files];
  const fetched: RemoteFile[] = [];

  function count(bytes: number): void {
    fetchedBytes += bytes;
    options.onProgress({ fetchedBytes, totalBytes });
  }

  async function fetchOnce(file: RemoteFile): Promise<void> {
    const staged = options.stagedPath();
    let gotBytes = 0;
    try {
      await remote.get(file.path, staged, {
        signal,
        maxBytes: file.bytes,
        onBytes: (bytes) => {
          gotBytes += bytes;
          count(bytes);
        },
      });
      const { size } = await stat(staged);
      if (size !== file.bytes)
        throw new RemoteError('away', `${remote.url} gave ${size} bytes of ${file.path} instead of ${file.bytes}`);
      await publishFile(staged, options.pathOf(file));
    } catch (error) {
      count(-gotBytes);
      await rm(staged, { force: true });
      throw error;
    }
  }

  async function fetchPatiently(file: RemoteFile): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await fetchOnce(file);
        fetched.push(file);
        return;
      } catch (error) {
        if (!(error instanceof RemoteError) || error.kind === 'aborted' || error.kind === 'local') throw error;
        if (!(await isThere(file))) return;
        const pauseMs = PAUSES_MS[attempt];
        if (error.kind !== 'away' || pauseMs === undefined) throw error;
        await pause(pauseMs, undefined, { signal }).catch(() => undefined); // the next attempt rejects as it should
      }
    }
  }

  /** Whether the remote still has it; if that cannot be told either, the first failure is the one to tell. */
  async function isThere({ path }: RemoteFile): Promise<boolean> {
    const [folder = ''] = path.split('/');
    try {
      const listed = await remote.list({ wants: (dt) => folder === `dt=${dt}`, signal });
      return listed.some((file) => file.path === path);
    } catch {
      return true;
    }
  }

  async function work(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await fetchPatiently(file);
  }

  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failing.abort();
      throw error;
    }),
  );
  const settled = await Promise.allSettled(workers);
  const reasons = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // The first is why; the others were stopped by it.
  const why = reasons.find((reason) => !(reason instanceof RemoteError && reason.kind === 'aborted')) ?? reasons[0];
  if (why !== undefined) throw why;
  return fetched;
}
