import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { RemoteError } from '../../src/store/remote/remote.ts';
import { memoryRemote, type MemoryRemote } from '../store/remote/memory-remote.ts';
import { writtenBy } from '../store/written-by.ts';
import { tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const opened = vi.hoisted((): { remote: MemoryRemote | undefined; readonly calls: unknown[] } => ({
  remote: undefined,
  calls: [],
}));
// A real store takes a cluster; its adapters have tests of their own.
vi.mock('../../src/store/remote/open-remote.ts', () => ({
  openRemote: (...given: readonly unknown[]) => {
    opened.calls.push(given);
    return Promise.resolve(opened.remote);
  },
}));

const URL = 'hdfs://nowhere/archive';
const COUNT = 'SELECT count(*)::INTEGER AS n FROM messages';

let dir: string;
let remote: MemoryRemote;
/** The archive as a folder. */
let folder: string;

beforeEach(async () => {
  dir = await tempDir();
  folder = join(dir, 'folder');
  remote = opened.remote = memoryRemote();
  for (const dt of ['2026-11-20', '2026-11-21'])
    for (const writer of ['a-00000000', 'b-00000000']) {
      const path = await writtenBy(folder, { writer, dt, lines: [{}] });
      remote.content.set(path.slice(folder.length + 1), await readFile(path));
    }
});

const ask = (...args: readonly string[]) =>
  runHere(['query', '--format', 'json', ...args, COUNT], { env: { XDG_CACHE_HOME: join(dir, 'cache') } });

const rows = (n: number) => ({ code: 0, stdout: `[\n{"n":${n}}\n]\n`, stderr: '' });

it('asks a remote archive, of all days or of some, and keeps what it copied for the next time', async () => {
  expect(await ask('--archive', URL)).toEqual(rows(4));
  expect(opened.calls.at(-1)).toEqual([URL, {}]);
  expect(remote.got).toHaveLength(4);
  expect(await ask('--archive', URL, '--from', '2026-11-21')).toEqual(rows(2));
  expect(await ask('--archive', URL, '--to', '2026-11-20')).toEqual(rows(2));
  expect(remote.got).toHaveLength(4);
  const [cache = ''] = await readdir(join(dir, 'cache', 'metlog'));
  expect((await readdir(join(dir, 'cache', 'metlog', cache))).filter((name) => name.startsWith('dt='))).toHaveLength(2);
  expect(await ask('--archive', URL, '--cache-dir', join(dir, 'other'), '--from', '2026-11-21')).toEqual(rows(2));
  expect(await readdir(join(dir, 'other'))).toContain('dt=2026-11-21');
});

it('reaches the store as the configuration says', async () => {
  const config = join(dir, 'c.json');
  const options = { hdfs: { user: 'etl' }, s3: { region: 'eu-west-1' } };
  await writeFile(config, JSON.stringify({ archive: options }));
  expect(await ask('--archive', URL, '--config', config)).toEqual(rows(4));
  expect(opened.calls.at(-1)).toEqual([URL, options]);
});

it('asks an archive in a folder as it is, of all days or of some', async () => {
  expect(await ask('--archive', folder)).toEqual(rows(4));
  expect(await ask('--archive', folder, '--from', '2026-11-21', '--to', '2026-11-21')).toEqual(rows(2));
  expect(remote.got).toEqual([]);
  const missing = await ask('--archive', join(dir, 'nowhere'));
  expect(missing).toEqual({
    code: 1,
    stdout: '',
    stderr: `metlog query: there is no archive in ${JSON.stringify(join(dir, 'nowhere'))} yet\n`,
  });
});

it('says the sentence of the store that fails, with exit code 1', async () => {
  remote.before.push(() => Promise.reject(new RemoteError('refused', 'hdfs://nowhere refuses the user nobody')));
  expect(await ask('--archive', URL)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'metlog query: hdfs://nowhere refuses the user nobody\n',
  });
});

it.each([
  ['hdfs://a,b,c/x', 'names 3 NameNodes, wanted: one or two'],
  ['s3a://logs/x', 'must begin with s3:// in place of s3a://'],
])('says what is wrong with the address %s', async (url, fault) => {
  expect(await ask('--archive', url)).toEqual({
    code: 2,
    stdout: '',
    stderr: `metlog query: --archive ${fault}, got "${url}"\n`,
  });
});

it('does not print the password of an address', async () => {
  expect(await ask('--archive', 'hdfs://etl:secret@nowhere/x')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('got "hdfs://…@nowhere/x"') as string,
  });
});

it('says that there is nothing of these days, and answers', async () => {
  const { code, stderr } = await ask('--archive', URL, '--from', '2027-01-01');
  expect([code, stderr]).toEqual([0, `metlog query: the archive in "${URL}" holds no messages of these days\n`]);
});

it('fails where the store has no such folder, and says in S3, which has none, that there are no files', async () => {
  remote.content.clear();
  expect((await ask('--archive', URL)).stderr).toBe(`metlog query: the archive in "${URL}" holds no messages yet\n`);
  expect(await ask('--archive', 's3://logs/metlg')).toMatchObject({
    code: 0,
    stderr: 'metlog query: there are no files of an archive below "s3://logs/metlg"\n',
  });
  remote.requireFolder = () => Promise.reject(new RemoteError('refused', 'there is no folder /archive'));
  expect(await ask('--archive', URL, '--from', '2026-11-21')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'metlog query: there is no folder /archive\n',
  });
});

it('copies nothing into a folder that holds something else, and deletes nothing there', async () => {
  const args = ['--archive', URL, '--cache-dir', folder];
  remote.content.clear();
  expect(await ask(...args)).toEqual({
    code: 1,
    stdout: '',
    stderr: `metlog query: the folder ${JSON.stringify(folder)} is not empty, and no cache: name another for what is copied of ${URL}\n`,
  });
  expect(await ask('--archive', folder)).toEqual(rows(4));
});

it('ends with 130 when it is interrupted while it copies', async () => {
  const stopped = new AbortController();
  remote.before.push(() => stopped.abort('SIGINT'));
  const result = await runHere(['query', '--archive', URL, '--cache-dir', join(dir, 'c'), COUNT], {
    signal: stopped.signal,
  });
  expect(result).toEqual({ code: 130, stdout: '', stderr: 'metlog query: interrupted\n' });
  expect(await readdir(join(dir, 'c', '_staging'))).toEqual([]);
});

it('says how much it copies where that is much, and refuses what the cache may not hold', async () => {
  const list = remote.list;
  const sized = (bytes: number): void => {
    remote.list = async (options) => (await list(options)).map((file) => ({ ...file, bytes }));
  };
  sized(2 ** 40);
  const refused = await ask('--archive', URL);
  expect(refused).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'metlog query: the days asked for hold 4 TiB, and the cache may hold 20 GiB: ask for fewer with --from and --to, or allow more with --cache-gib\n',
  });
  sized(2 ** 30);
  remote.before.push(() => Promise.reject(new RemoteError('refused', 'no more')));
  expect((await ask('--archive', URL, '--cache-gib', '4')).stderr).toMatch(
    /^metlog query: copying 4 GiB in 4 files to \/.*; --from and --to ask for fewer days\nmetlog query: no more\n$/,
  );
});
