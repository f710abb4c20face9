import { DuckDBInstance } from '@duckdb/node-api';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openArchiveParts, type ArchiveDeps } from '../../../src/router/archive/archive-parts.ts';
import type { ResolvedRemote } from '../../../src/router/archive/archive-options.ts';
import { RemoteError } from '../../../src/store/remote/remote.ts';
import { TYPES_FILE } from '../../../src/store/types/types-file.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { createMemoryRemote } from '../../store/remote/copies/memory-remote.ts';
import { temporaryFolder } from '../support/folder.ts';

const REMOTE: ResolvedRemote = {
  url: 'hdfs://memory:9870/metlog',
  identity: 'hdfs://memory:9870/metlog',
  name: 'shop',
  keptDays: Infinity,
  maxWaitingBytes: 1e12,
  options: {},
};

/** How many instances of DuckDB were opened from now on, and how many of them are open. */
function watchDuckdb(): () => { readonly opened: number; readonly open: number } {
  const created = vi.spyOn(DuckDBInstance, 'create');
  const closed = vi.spyOn(DuckDBInstance.prototype, 'closeSync');
  onTestFinished(() => void vi.restoreAllMocks());
  return () => ({ opened: created.mock.calls.length, open: created.mock.calls.length - closed.mock.calls.length });
}

const depsOf = (openRemote: ArchiveDeps['openRemote']): ArchiveDeps => ({
  clock: createManualPlatform(),
  onTrouble: () => undefined,
  openRemote,
});

it('closes the writer where the copier cannot be opened', async () => {
  const dir = await temporaryFolder();
  const counts = watchDuckdb();
  const opening = openArchiveParts(
    { dir, retentionDays: 30, mergeEveryMs: 10_000, remote: REMOTE },
    depsOf(() => Promise.reject(new RemoteError('refused', 'the client is not installed'))),
  );
  await expect(opening).rejects.toThrow('the client is not installed');
  expect(counts()).toEqual({ opened: 1, open: 0 });
});

it('closes the writer, the merger and the store where the registered types cannot be read', async () => {
  const dir = await temporaryFolder();
  await mkdir(join(dir, TYPES_FILE));
  const counts = watchDuckdb();
  const remote = createMemoryRemote();
  let isClosed = false;
  const opening = openArchiveParts(
    { dir, retentionDays: 30, mergeEveryMs: 10_000, remote: REMOTE },
    depsOf(() => Promise.resolve({ ...remote, close: () => Promise.resolve(void (isClosed = true)) })),
  );
  await expect(opening).rejects.toThrow('EISDIR');
  expect(counts()).toEqual({ opened: 2, open: 0 });
  expect(isClosed).toBe(true);
});
