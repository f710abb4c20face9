import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { lockDataDir } from '../../../src/router/lock/lock.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startRouterProcess, type RouterProcess } from '../support/router-process.ts';

/** Starts a process as a container does: it is number 1 in a namespace of its own. Its processes end with it. */
const CONTAINER = ['unshare', ...asRoot(), '--pid', '--fork', '--kill-child', '--mount-proc'];

function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? [] : ['--map-root-user'];
}

const [command = '', ...args] = CONTAINER;
const isPermitted = spawnSync(command, [...args, 'true']).status === 0;
if (!isPermitted)
  console.warn('no lock is tried across containers: that wants Linux, unshare, and root or user namespaces');

/** Watching for a lock that is left takes 15 s. */
const TIMEOUT_MS = 60_000;

const inContainer = (dir: string): Promise<RouterProcess> => startRouterProcess(dir, CONTAINER);

describe.skipIf(!isPermitted)('the lock of a data folder that containers share', () => {
  it('keeps out who is in another container, and who is in none', async () => {
    const dir = await temporaryFolder();
    const first = await inContainer(dir);
    expect(first.said).toHaveProperty('port');
    const message = `the data folder ${dir} is in use by a metlog of another container or machine, ${hostname()}`;
    const [second, third] = await Promise.all([inContainer(dir), startRouterProcess(dir)]);
    expect(second.said).toEqual({ code: 'data-dir-in-use', message });
    expect(third.said).toEqual({ code: 'data-dir-in-use', message });
    await expect(lockDataDir(dir)).rejects.toThrow(message);
  });

  it('keeps out a container while a process that is in none has it', async () => {
    const dir = await temporaryFolder();
    const lock = await lockDataDir(dir);
    expect((await inContainer(dir)).said).toHaveProperty('code', 'data-dir-in-use');
    lock.release();
    expect((await inContainer(dir)).said).toHaveProperty('port');
  });

  it(
    'is had by one of those that start when a container was killed',
    async () => {
      const dir = await temporaryFolder();
      const killed = await inContainer(dir);
      expect(killed.said).toHaveProperty('port');
      killed.child.kill('SIGKILL');
      await killed.ended;
      const all = await Promise.all([inContainer(dir), inContainer(dir), startRouterProcess(dir)]);
      expect(all.filter(({ said }) => 'port' in said)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
