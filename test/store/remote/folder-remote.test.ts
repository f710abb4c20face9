import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyingPath } from '../../../src/store/remote/remote-path.ts';
import { tempDir } from '../../cli/run-cli.ts';
import { remoteContract } from '../../contract/remote-contract.ts';
import { createFolderRemote } from './folder-remote.ts';

const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';

describe('a remote archive in a folder', () => {
  const cases = remoteContract(async () => {
    const dir = join(await tempDir(), 'archive');
    return {
      remote: createFolderRemote(dir),
      another: () => createFolderRemote(dir),
      async leaveHalf(path) {
        await mkdir(join(dir, dirname(path)), { recursive: true });
        await writeFile(join(dir, copyingPath(path)), 'half');
      },
      countAll: async () => {
        const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
        return entries.filter((entry) => entry.isFile()).length;
      },
    };
  });
  it.each(cases)('$name', ({ run }) => run());

  it('fails as it is told to: before, in the middle, and after all was done', async () => {
    const dir = await tempDir();
    const from = join(dir, 'local');
    await writeFile(from, 'x');
    const remote = createFolderRemote(join(dir, 'archive'));
    remote.faults.before = (call) => (call === 'put' ? 'away' : undefined);
    await expect(remote.put(from, PATH)).rejects.toMatchObject({ kind: 'away' });
    expect(await remote.list()).toEqual([]);
    remote.faults.before = undefined;
    remote.faults.beforeRename = () => 'refused';
    await expect(remote.put(from, PATH)).rejects.toMatchObject({ kind: 'refused' });
    expect(await readdir(join(dir, 'archive', dirname(PATH)))).toHaveLength(1);
    expect(await remote.list()).toEqual([]);
    remote.faults.beforeRename = undefined;
    remote.faults.after = () => 'away';
    await expect(remote.put(from, PATH)).rejects.toMatchObject({ kind: 'away' });
    remote.faults.after = undefined;
    expect(await remote.list()).toEqual([{ path: PATH, bytes: 1 }]);
    expect(remote.calls.filter(({ call }) => call === 'put')).toHaveLength(3);
  });

  it('keeps silent until it is told to stop', async () => {
    const remote = createFolderRemote(await tempDir());
    remote.faults.before = () => 'silent';
    await expect(remote.list({ signal: AbortSignal.timeout(10) })).rejects.toMatchObject({ kind: 'aborted' });
  });
});
