import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { archiveFileName } from '../../src/store/layout.ts';
import { RemoteError, type Remote, type RemoteFailure } from '../../src/store/remote/remote.ts';
import { MAX_TEXT_BYTES } from '../../src/store/remote/small-text.ts';
import type { ContractCase } from '../../src/testing/contract.ts';

// What every remote archive promises, wherever it lies. A store's test runs it so:
//
//   const cases = remoteContract(async () => ({ remote: openItIn(`/archive-${++count}`), …RemoteUnderTest }));
//   it.each(cases)('$name', ({ run }) => run());
//
// `make` is called for each case, and has to give an archive in which there is nothing yet, not even its folder. A store that is slow to start is started
// once for all of them (beforeAll), each archive being a folder or a prefix of its own. `remote` is closed after the case.

export interface RemoteUnderTest {
  readonly remote: Remote;
  /** A client of its own for the same archive, as another router has. Closed by the case. */
  another(): Remote | Promise<Remote>;
  /** Leaves behind what a `put` to this path leaves whose process was killed before it was done. */
  leaveHalf(path: string): Promise<void>;
  /** How much there is, hidden or not: every file and every part of an upload. */
  countAll(): Promise<number>;
  /** Releases what `make` has made, after the remote was closed. */
  dispose?(): Promise<void>;
}

const DAY = 'dt=2026-11-27';
const NEXT_DAY = 'dt=2026-11-28';
const WRITER = 'shop-1f2e3d4c';
const pathOf = (first: number, writer = WRITER, day = DAY): string =>
  `${day}/${archiveFileName(first, first + 99, writer)}`;

/** What a case works with. */
interface Trial extends RemoteUnderTest {
  /** Writes a local file; its path. */
  local(content: string | Uint8Array): Promise<string>;
  /** A local path where there is nothing. */
  readonly nowhere: string;
  /** The content at a remote path. */
  fetched(path: string, remote?: Remote): Promise<Buffer>;
}

export function remoteContract(make: () => Promise<RemoteUnderTest>): readonly ContractCase[] {
  return CASES.map(([name, run]) => ({
    name,
    async run() {
      const dir = await mkdtemp(join(tmpdir(), 'metlog-remote-'));
      const made = await make();
      let count = 0;
      try {
        await run({
          ...made,
          nowhere: join(dir, 'nowhere'),
          async local(content) {
            const path = join(dir, `local-${++count}`);
            await writeFile(path, content);
            return path;
          },
          async fetched(path, remote = made.remote) {
            const to = join(dir, `fetched-${++count}`);
            await remote.get(path, to);
            return readFile(to);
          },
        });
      } finally {
        await made.remote.close();
        await made.dispose?.();
        await rm(dir, { recursive: true, force: true });
      }
    },
  }));
}

/** Fails unless the call rejects with a RemoteError of this kind that is one plain sentence. */
async function rejectsWith(kind: RemoteFailure, call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.then(
    () => 'it did not reject',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RemoteError);
  expect(error).toMatchObject({ kind, message: expect.stringMatching(/^\S[^\n]*\.$/) as string });
}

/** Three megabytes and a bit, that nothing makes smaller. */
const aBigFile = (): Buffer => randomBytes(3_000_017);

const CASES: readonly (readonly [string, (trial: Trial) => Promise<void>])[] = [
  [
    'is empty where there is nothing yet',
    async ({ remote, countAll }) => {
      expect(await remote.list()).toEqual([]);
      expect(await remote.days()).toEqual([]);
      await remote.removeDay('2026-11-27');
      expect(await remote.read('_types/shop.json')).toBeUndefined();
      expect(await remote.names('_types')).toEqual([]);
      await remote.remove(pathOf(0));
      await remote.tidy(pathOf(0));
      expect(await countAll()).toBe(0);
    },
  ],
  [
    'shows a file that was put, and gives it back as it was',
    async ({ remote, local, fetched, countAll }) => {
      const verified = await remote.put(await local('all of it'), pathOf(0));
      expect(verified).toMatchObject({ bytes: 9, checksum: expect.stringMatching(/^[\w-]+:\S+$/) as string });
      expect(await remote.list()).toEqual([{ path: pathOf(0), bytes: 9 }]);
      expect((await fetched(pathOf(0))).toString()).toBe('all of it');
      expect(await countAll()).toBe(1);
    },
  ],
  [
    'takes a file of three megabytes, tells the bytes as they come, and writes over a local file',
    async ({ remote, local }) => {
      const content = aBigFile();
      expect(await remote.put(await local(content), pathOf(0))).toMatchObject({ bytes: content.length });
      const to = await local('an older file, '.repeat(1_000_000));
      let bytes = 0;
      await remote.get(pathOf(0), to, { onBytes: (count) => void (bytes += count) });
      expect(bytes).toBe(content.length);
      expect(content.equals(await readFile(to))).toBe(true);
    },
  ],
  [
    'takes an empty file',
    async ({ remote, local, fetched }) => {
      const from = await local('');
      const verified = await remote.put(from, pathOf(0));
      expect(verified.bytes).toBe(0);
      expect(await remote.list()).toEqual([{ path: pathOf(0), bytes: 0 }]);
      expect(await fetched(pathOf(0))).toHaveLength(0);
      expect(await remote.put(from, pathOf(0))).toEqual(verified);
    },
  ],
  [
    'takes names of every allowed character, and of any length that a writer may have',
    async ({ remote, local, fetched }) => {
      const writers = ['abcdefghijklmnopqrstuvwxyz-0123456789', '0--', `${'w'.repeat(63)}-1f2e3d4c`, ''];
      const from = await local('x');
      for (const writer of writers) await remote.put(from, pathOf(7, writer));
      const paths = (await remote.list()).map(({ path }) => path);
      expect(paths.sort()).toEqual(writers.map((writer) => pathOf(7, writer)).sort());
      for (const path of paths) expect((await fetched(path)).toString()).toBe('x');
    },
  ],
  [
    'lists the days that are wanted, and nothing that is hidden',
    async ({ remote, local, leaveHalf }) => {
      const from = await local('x');
      for (const day of [DAY, NEXT_DAY]) await remote.put(from, pathOf(0, WRITER, day));
      await leaveHalf(pathOf(100));
      await remote.replace('{}', '_types/shop.json');
      const paths = (await remote.list()).map(({ path }) => path);
      expect(paths.sort()).toEqual([pathOf(0), pathOf(0, WRITER, NEXT_DAY)]);
      const asked: string[] = [];
      const wants = (dt: string): boolean => asked.push(dt) > 0 && dt === '2026-11-28';
      expect(await remote.list({ wants })).toEqual([{ path: pathOf(0, WRITER, NEXT_DAY), bytes: 1 }]);
      expect(new Set(asked)).toEqual(new Set(['2026-11-27', '2026-11-28']));
    },
  ],
  [
    'takes a put again that was done already, and says the same of it',
    async ({ remote, local, another, countAll }) => {
      const from = await local(aBigFile());
      const verified = await remote.put(from, pathOf(0));
      expect(await remote.put(from, pathOf(0))).toEqual(verified);
      const other = await another();
      expect(await other.put(from, pathOf(0))).toEqual(verified);
      await other.close();
      expect(await countAll()).toBe(1);
    },
  ],
  [
    'puts nothing over another file, whether it is as long or not',
    async ({ remote, local, fetched, countAll }) => {
      await remote.put(await local('first'), pathOf(0));
      for (const content of ['other', 'longer than the first', '']) {
        await rejectsWith('conflict', remote.put(await local(content), pathOf(0)));
      }
      expect((await fetched(pathOf(0))).toString()).toBe('first');
      await remote.tidy(pathOf(0));
      expect(await countAll()).toBe(1);
    },
  ],
  [
    'puts a whole file where an attempt was killed, or stopped at any point',
    async ({ remote, local, leaveHalf, fetched, countAll }) => {
      const content = aBigFile();
      const from = await local(content);
      await leaveHalf(pathOf(0));
      for (const afterMs of [0, 5, 10, 20, 40, 80]) {
        const stop = AbortSignal.timeout(afterMs);
        await remote.put(from, pathOf(0), stop).catch((error: unknown) => {
          expect(error).toMatchObject({ kind: 'aborted' });
        });
        expect((await remote.list()).map(({ bytes }) => bytes)).toSatisfy((all: readonly number[]) =>
          all.every((bytes) => bytes === content.length),
        );
      }
      await remote.put(from, pathOf(0));
      expect(content.equals(await fetched(pathOf(0)))).toBe(true);
      // What a store does with an attempt that was stopped may come late.
      const countTidied = async (): Promise<number> => {
        await remote.tidy(pathOf(0));
        return countAll();
      };
      await expect.poll(countTidied).toBe(1);
      expect(await remote.list()).toEqual([{ path: pathOf(0), bytes: content.length }]);
    },
  ],
  [
    'stops what it is told to stop',
    async ({ remote, local, nowhere, countAll }) => {
      const from = await local('x');
      const stop = AbortSignal.abort();
      await rejectsWith('aborted', remote.put(from, pathOf(0), stop));
      await rejectsWith('aborted', remote.list({ signal: stop }));
      await rejectsWith('aborted', remote.days(stop));
      await rejectsWith('aborted', remote.replace('{}', '_types/shop.json', stop));
      await rejectsWith('aborted', remote.read('_types/shop.json', stop));
      await rejectsWith('aborted', remote.names('_types', stop));
      await rejectsWith('aborted', remote.get(pathOf(0), nowhere, { signal: stop }));
      await rejectsWith('aborted', remote.remove(pathOf(0), stop));
      await rejectsWith('aborted', remote.tidy(pathOf(0), stop));
      expect(await countAll()).toBe(0);
    },
  ],
  [
    'says so when a local file is not there, or cannot be written',
    async ({ remote, local, nowhere, countAll }) => {
      await rejectsWith('local', remote.put(nowhere, pathOf(0)));
      expect(await countAll()).toBe(0);
      await remote.put(await local('x'), pathOf(0));
      await rejectsWith('local', remote.get(pathOf(0), join(nowhere, 'deeper')));
    },
  ],
  [
    'refuses to give what is not there, and leaves no local file of it',
    async ({ remote, local, nowhere }) => {
      await remote.put(await local('x'), pathOf(0));
      await rejectsWith('refused', remote.get(pathOf(100), nowhere));
      await expect(readFile(nowhere)).rejects.toThrow('ENOENT');
    },
  ],
  [
    'gives no more of a file than was listed',
    async ({ remote, local, nowhere }) => {
      const content = aBigFile();
      await remote.put(await local(content), pathOf(0));
      await rejectsWith('away', remote.get(pathOf(0), nowhere, { maxBytes: content.length - 1 }));
      const { size } = await stat(nowhere).catch(() => ({ size: 0 })); // there or not, it is none that is used
      expect(size).toBeLessThan(content.length);
      await remote.get(pathOf(0), nowhere, { maxBytes: content.length });
      expect(content.equals(await readFile(nowhere))).toBe(true);
    },
  ],
  [
    'refuses paths that lead elsewhere',
    async ({ remote, local, nowhere }) => {
      const from = await local('x');
      for (const path of ['../a.json', '/a.json', 'dt=2026-11-27/../../a', '_types/a?b', '', '_types//a']) {
        await rejectsWith('refused', remote.put(from, path));
        await rejectsWith('refused', remote.get(path, nowhere));
        await rejectsWith('refused', remote.replace('x', path));
        await rejectsWith('refused', remote.read(path));
        await rejectsWith('refused', remote.names(path));
        await rejectsWith('refused', remote.remove(path));
        await rejectsWith('refused', remote.tidy(path));
      }
    },
  ],
  [
    'keeps small texts, the newest of each',
    async ({ remote, another }) => {
      await remote.replace('{"old": "and longer than the new one"}', '_types/shop.json');
      await remote.replace('{"new": "ä\u{1f600}"}', '_types/shop.json');
      const other = await another();
      await other.replace('', '_types/till-1.json');
      expect(await other.read('_types/shop.json')).toBe('{"new": "ä\u{1f600}"}');
      expect(await remote.read('_types/till-1.json')).toBe('');
      expect([...(await remote.names('_types'))].sort()).toEqual(['_types/shop.json', '_types/till-1.json']);
      await other.close();
    },
  ],
  [
    'takes what is longer than any of ours for no small text',
    async ({ remote }) => {
      await remote.replace('x'.repeat(MAX_TEXT_BYTES), '_types/shop.json');
      expect(await remote.read('_types/shop.json')).toHaveLength(MAX_TEXT_BYTES);
      await remote.replace('x'.repeat(MAX_TEXT_BYTES + 1), '_types/shop.json');
      await rejectsWith('conflict', remote.read('_types/shop.json'));
    },
  ],
  [
    'deletes what it is told to, and that alone',
    async ({ remote, local }) => {
      const from = await local('x');
      await remote.put(from, pathOf(0));
      await remote.put(from, pathOf(100));
      await remote.replace('{}', '_types/shop.json');
      await remote.remove(pathOf(0));
      await remote.remove(pathOf(0));
      await remote.remove('_types/shop.json');
      expect(await remote.list()).toEqual([{ path: pathOf(100), bytes: 1 }]);
      expect(await remote.read('_types/shop.json')).toBeUndefined();
    },
  ],
  [
    'deletes the folder of a day in which nothing is, and tells the days that are left',
    async ({ remote, local, leaveHalf }) => {
      const from = await local('x');
      for (const day of [DAY, NEXT_DAY]) await remote.put(from, pathOf(0, WRITER, day));
      await remote.replace('{}', '_types/shop.json');
      expect([...(await remote.days())].sort()).toEqual(['2026-11-27', '2026-11-28']);
      await remote.removeDay('2026-11-27');
      expect(await remote.list()).toHaveLength(2);
      await remote.remove(pathOf(0));
      await remote.removeDay('2026-11-27');
      await remote.removeDay('2026-11-27');
      expect(await remote.days()).toEqual(['2026-11-28']);
      await leaveHalf(pathOf(100));
      await remote.removeDay('2026-11-27');
      await remote.put(from, pathOf(100));
      expect(await remote.list()).toHaveLength(2);
    },
  ],
  [
    'tidies up after the puts of one file, and leaves everything else alone',
    async ({ remote, local, leaveHalf, countAll }) => {
      await remote.put(await local('x'), pathOf(0));
      await leaveHalf(pathOf(0));
      await leaveHalf(pathOf(100));
      await leaveHalf(pathOf(100, WRITER, NEXT_DAY));
      await leaveHalf(pathOf(100, `${WRITER}-2`));
      expect(await countAll()).toBe(5);
      await remote.tidy(pathOf(0));
      await remote.tidy(pathOf(100));
      await remote.tidy(pathOf(100));
      expect(await countAll()).toBe(3);
      expect(await remote.list()).toEqual([{ path: pathOf(0), bytes: 1 }]);
    },
  ],
  [
    'has several writers beside each other',
    async ({ remote, local, another, fetched, countAll }) => {
      const other = await another();
      const write = async (by: Remote, writer: string): Promise<void> => {
        for (let i = 0; i < 4; i++) {
          await by.put(await local(`${writer} ${i} `.repeat(10_000)), pathOf(i * 100, writer));
          await by.tidy(pathOf(i * 100, writer));
        }
      };
      await Promise.all([write(remote, WRITER), write(other, 'till-0a0b0c0d')]);
      expect(await other.list()).toHaveLength(8);
      expect((await fetched(pathOf(300, 'till-0a0b0c0d'))).toString()).toBe('till-0a0b0c0d 3 '.repeat(10_000));
      expect((await fetched(pathOf(300), other)).toString()).toBe(`${WRITER} 3 `.repeat(10_000));
      await other.close();
      expect(await countAll()).toBe(8);
    },
  ],
  [
    'says where it is as text that can be shown, and closes however often it is told',
    async ({ remote, another }) => {
      expect(remote.url).toMatch(/^[a-z0-9]+:\/\/[^@?#\n]+$/);
      const other = await another();
      expect(other.url).toBe(remote.url);
      await other.close();
      await other.close();
      await remote.close();
    },
  ],
];
