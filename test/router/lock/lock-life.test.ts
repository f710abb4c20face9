import { readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { lockDataDir, type DataDirLock } from '../../../src/router/lock/lock.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';

const ELSEWHERE = 'a metlog of another container or machine, web-1';
const LOOK_MS = 500;

let dir: string;
let path: string;
let clock: ManualPlatform;
let warnings: string[];
let nextPid = 0;

beforeEach(async () => {
  dir = await temporaryFolder();
  path = join(dir, 'lock');
  clock = createManualPlatform();
  warnings = [];
});

const lock = (folder = dir, signal?: AbortSignal): Promise<DataDirLock> =>
  lockDataDir(folder, { clock, warn: (text) => void warnings.push(text), ...(signal && { signal }) });

/** What a process of another container wrote: here, its number is that of the process that runs this. */
const foreign = (more: object = {}): object => ({
  pid: process.pid,
  start: `${nextPid++}`, // another process each time
  id: 'other',
  place: 'boot pid:[7]',
  host: 'web-1',
  ...more,
});

const put = (owner: object, at = path): Promise<void> => writeFile(at, JSON.stringify(owner));

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += LOOK_MS) {
    clock.advance(LOOK_MS);
    await clock.settle();
  }
}

const touch = (at: string, seconds: number): Promise<void> => utimes(at, seconds, seconds);

/** What came of it so far. */
function outcome(taking: Promise<DataDirLock>): { is: 'waiting' | 'taken' | 'refused' } {
  const state: { is: 'waiting' | 'taken' | 'refused' } = { is: 'waiting' };
  taking.then(
    () => (state.is = 'taken'),
    () => (state.is = 'refused'),
  );
  return state;
}

describe('the lock of a process in another place', () => {
  it('is in use if it is touched', async () => {
    await put(foreign());
    const taking = lock();
    const state = outcome(taking);
    await pass(3_000);
    expect(state.is).toBe('waiting');
    await touch(path, 1_000);
    await pass(LOOK_MS);
    await expect(taking).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: `the data folder ${dir} is in use by ${ELSEWHERE}`,
    });
    expect(await readdir(dir)).toEqual(['lock']);
  });

  it('is taken over when it was not touched for 15 s, and tells that it is watched after 2 s', async () => {
    await put(foreign());
    const taking = lock();
    const state = outcome(taking);
    await pass(2_000 - LOOK_MS);
    expect(warnings).toEqual([]);
    await pass(13_000);
    expect(state.is).toBe('waiting');
    expect(warnings).toEqual([
      `the data folder ${dir} is locked by ${ELSEWHERE}: waiting up to 15 s for a sign of life of it`,
    ]);
    expect(await readdir(dir)).toEqual(['lock']);
    await pass(LOOK_MS);
    (await taking).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is had as soon as it is released, and one that came in between is watched anew', async () => {
    await put(foreign());
    const taking = lock();
    const state = outcome(taking);
    await pass(10_000);
    await put(foreign({ id: 'next' }));
    await pass(15_000);
    expect(state.is).toBe('waiting');
    await unlink(path);
    await pass(LOOK_MS);
    (await taking).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is watched once for all locks of that process, unless it has touched one since', async () => {
    const [second, third] = [await temporaryFolder(), await temporaryFolder()];
    const owner = foreign();
    for (const folder of [dir, second, third]) await put(owner, join(folder, 'lock'));
    await touch(path, 1_000);
    await touch(join(second, 'lock'), 1_002);
    await touch(join(third, 'lock'), 1_009);
    const taking = lock();
    await pass(15_000);
    (await taking).release();
    (await lock(second)).release();
    const state = outcome(lock(third));
    await clock.settle();
    expect(state.is).toBe('waiting');
    await pass(15_000);
    expect(state.is).toBe('taken');
  });

  it('is taken over though a taker of another place was killed while taking it over', async () => {
    await put(foreign());
    await put(foreign({ id: 'killed' }), join(dir, 'lock.claim-other'));
    const taking = lock();
    await pass(31_000);
    (await taking).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is waited for until the signal', async () => {
    await put(foreign());
    const stop = new AbortController();
    const taking = lock(dir, stop.signal);
    stop.abort(new Error('stopped'));
    const refused = expect(taking).rejects.toThrow('stopped');
    await pass(LOOK_MS);
    await refused;
    expect(await readFile(path, 'utf8')).toContain('"other"');
  });

  it('is told of without a host that is no name', async () => {
    await put(foreign({ host: '\u001b[2Jgone' }));
    const taking = lock();
    await touch(path, 1_000);
    const refused = expect(taking).rejects.toThrow(/ by a metlog of another container or machine$/);
    await pass(LOOK_MS);
    await refused;
  });
});

describe('a lock that is held', () => {
  it('is touched every 3 s until it is released, and keeps no process alive', async () => {
    const folder = await temporaryFolder();
    const set = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => set.mockRestore());
    (await lockDataDir(folder)).release();
    expect(set.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);

    const held = await lock();
    for (const beat of [1_000, 2_000]) {
      await touch(path, beat);
      clock.advance(3_000);
      await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(2_000_000);
      await expect.poll(() => clock.timerCount).toBe(1);
    }
    held.release();
    expect(clock.timerCount).toBe(0);
  });

  it('is told of, and left alone, when another has taken it over', async () => {
    const held = await lock();
    await put(foreign());
    await touch(path, 1_000);
    clock.advance(3_000);
    await expect
      .poll(() => warnings)
      .toEqual([
        `the data folder ${dir} is another metlog's now: this one stood still for longer than 15 s; end one of them`,
      ]);
    expect((await stat(path)).mtimeMs).toBe(1_000_000);
    held.release();
    expect(await readdir(dir)).toEqual(['lock']);
    expect(clock.timerCount).toBe(0);
  });

  it('is still touched when a touch has failed', async () => {
    const held = await lock();
    const text = await readFile(path);
    await writeFile(path, '');
    clock.advance(3_000);
    await expect.poll(() => clock.timerCount).toBe(1);
    await writeFile(path, text);
    await touch(path, 1_000);
    clock.advance(3_000);
    await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(1_000_000);
    held.release();
  });
});
