import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDataDir } from '../../../src/router/lock/lock.ts';
import { processStart } from '../../../src/router/lock/process-start.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startRouterProcess } from '../support/router-process.ts';

/** Above the most that Linux gives out: 2^22. */
const NO_SUCH_PID = 4_194_305;

const NOBODY = 65_534;

/** Runs `task` without root's rights: nothing is read-only to root. */
async function asNobody(task: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) {
    await task();
    return;
  }
  process.seteuid?.(NOBODY);
  try {
    await task();
  } finally {
    process.seteuid?.(0);
  }
}

describe('lockDataDir', () => {
  it('names the process in the lock and removes it when it is released', async () => {
    const dir = join(await temporaryFolder(), 'new', 'folder');
    const lock = await lockDataDir(dir);
    expect(await readdir(dir)).toEqual(['lock']);
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
      start: processStart(process.pid),
    });
    lock.release();
    lock.release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('refuses a folder that this process uses already', async () => {
    const dir = await temporaryFolder();
    const lock = await lockDataDir(dir);
    await expect(lockDataDir(dir)).rejects.toThrow(
      `the data folder ${dir} is in use by another metlog (pid ${process.pid})`,
    );
    lock.release();
    (await lockDataDir(dir)).release();
  });

  it('lets one of several calls at once have the folder', async () => {
    const dir = await temporaryFolder();
    const calls = await Promise.allSettled(Array.from({ length: 5 }, () => lockDataDir(dir)));
    expect(calls.map(({ status }) => status).sort()).toEqual(['fulfilled', ...Array<string>(4).fill('rejected')]);
    for (const call of calls) if (call.status === 'fulfilled') call.value.release();
    (await lockDataDir(dir)).release();
  });

  it.each([
    ['of a process that has ended', { pid: NO_SUCH_PID, start: '1', id: 'old' }],
    ['of an earlier process with the number of a running one', { pid: process.ppid, start: '1', id: 'old' }],
    ['of an earlier process with its own number', { pid: process.pid, start: '1', id: 'old' }],
    ['that a power loss left empty', undefined],
  ])('takes over a lock %s', async (_, owner) => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'lock'), owner === undefined ? '' : JSON.stringify(owner));
    const lock = await lockDataDir(dir);
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(dir)).toEqual(['lock']);
    lock.release();
  });

  it('takes over a lock whose last taker was killed while taking it over', async () => {
    const dir = await temporaryFolder();
    const dead = (id: string): string => JSON.stringify({ pid: NO_SUCH_PID, start: '1', id });
    await writeFile(join(dir, 'lock'), dead('old'));
    await writeFile(join(dir, 'lock.claim-old'), dead('killed'));
    const lock = await lockDataDir(dir);
    expect(await readdir(dir)).toEqual(['lock']);
    lock.release();
  });

  it('does not remove a lock that has become someone else’s', async () => {
    const dir = await temporaryFolder();
    const lock = await lockDataDir(dir);
    const other = JSON.stringify({ pid: process.ppid, start: processStart(process.ppid), id: 'other' });
    await writeFile(join(dir, 'lock'), other);
    lock.release();
    expect(await readFile(join(dir, 'lock'), 'utf8')).toBe(other);
  });

  it('says plainly that the folder cannot be made', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const dir = join(file, 'data');
    await expect(lockDataDir(dir)).rejects.toThrow(
      expect.objectContaining({
        code: 'data-dir-unusable',
        message: expect.stringMatching(/^the data folder .* cannot be written: ENOTDIR/) as unknown,
      }),
    );
  });

  it('says plainly that the folder is not writable', async () => {
    const dir = await temporaryFolder();
    await chmod(dir, 0o500);
    onTestFinished(() => chmod(dir, 0o700));
    await asNobody(async () => {
      await expect(lockDataDir(dir)).rejects.toThrow(/^the data folder .* cannot be written: EACCES/);
    });
  });

  it('keeps other processes out until the one that holds it is killed', async () => {
    const dir = await temporaryFolder();
    const holder = await startRouterProcess(dir);
    expect(holder.said).toHaveProperty('port');
    const message = `the data folder ${dir} is in use by another metlog (pid ${holder.child.pid})`;
    expect((await startRouterProcess(dir)).said).toEqual({ code: 'data-dir-in-use', message });
    await expect(lockDataDir(dir)).rejects.toThrow(message);
    holder.child.kill('SIGKILL');
    await holder.ended;
    (await lockDataDir(dir)).release();
  });

  it('lets one of many processes have a stale lock', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid: NO_SUCH_PID, start: '1', id: 'old' }));
    const all = await Promise.all(Array.from({ length: 6 }, () => startRouterProcess(dir)));
    const winners = all.filter(({ said }) => 'port' in said);
    expect(winners).toHaveLength(1);
    for (const { said } of all) {
      if ('code' in said) expect(said.code).toBe('data-dir-in-use');
    }
  });
});
