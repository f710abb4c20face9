import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, serve, startCli, tempDir } from './run-cli.ts';

const file = (path: string): object => ({ kind: 'file', path });
const everythingTo = (...names: string[]): object[] => [{ otherwise: true, to: names }];
/** Types in a sink's file, the senders' own reports left out. */
const typesIn = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => String((JSON.parse(line) as { type: unknown }).type))
    .filter((type) => !type.startsWith('metlog.'));

describe('metlog serve --config', () => {
  it('delivers by the file, and the command line wins over it', async () => {
    const dir = await tempDir();
    const sink = join(dir, 'sink.ndjson');
    const config = {
      dataDir: join(dir, 'not-here'),
      udp: { port: 1 },
      archive: { except: { type: ['not.archived', 'metlog.*'] } },
      sinks: { all: file(sink) },
      routes: everythingTo('all'),
    };
    const path = join(dir, 'c.json');
    await writeFile(path, JSON.stringify(config));
    const { udp, dataDir, stop, stderr } = await serve({ args: ['--config', path], cwd: dir });
    expect((await runCli(['send', 'order.placed', '--dest', udp])).code).toBe(0);
    expect((await runCli(['send', 'not.archived', '--dest', udp])).code).toBe(0);
    await expect.poll(() => typesIn(sink)).toEqual(['order.placed', 'not.archived']);
    expect(await stop()).toBe(0);
    expect(stderr()).toBe('');
    const archived = await runCli(['query', 'select type from messages', '--data-dir', dataDir, '--format', 'csv']);
    expect(archived.stdout).toBe('type\r\norder.placed\r\n');
  });

  it('starts, archives and ends while the store that the archive is copied to is away, and says so', async () => {
    const dir = await tempDir();
    const path = join(dir, 'c.json');
    const archive = { dir: 'hdfs://127.0.0.1:1/metlog', mergeEveryMs: 20, promoteAfterMs: 10 };
    await writeFile(path, JSON.stringify({ archive, journal: { segmentMs: 20 } }));
    const { udp, http, dataDir, stop, stderr } = await serve({ args: ['--config', path], cwd: dir });
    expect((await runCli(['send', 'order.placed', '--dest', udp])).code).toBe(0);
    const copy = async (): Promise<{ url: string; copiedFiles: number; waitingFiles: number }> => {
      const answer = await fetch(`${http}/api/ledger`);
      return ((await answer.json()) as { archive: { copy: Awaited<ReturnType<typeof copy>> } }).archive.copy;
    };
    // The message, and its sender's report, which may be in another file.
    await expect.poll(async () => (await copy()).waitingFiles).toBeGreaterThan(0);
    expect(await copy()).toMatchObject({ url: 'hdfs://127.0.0.1:1/metlog', copiedFiles: 0 });
    await expect
      .poll(stderr)
      .toContain('the archive is not copied to hdfs://127.0.0.1:1/metlog for now, and is kept here: ');
    expect(await stop()).toBe(0);
    const archived = await runCli(['query', 'select count(*) from messages', '--data-dir', dataDir]);
    expect(archived.code).toBe(0);
  });

  it('ends with 0 when it is asked to while a sink is still being made', async () => {
    const cwd = await tempDir();
    await writeFile(
      join(cwd, 'metlog.config.mjs'),
      `import { writeFileSync } from 'node:fs';
       const slow = async () => {
         writeFileSync('begun', '');
         await new Promise((resolve) => setTimeout(resolve, 8_000));
         writeFileSync('made', '');
         return { name: 'slow', write: async () => ({}), close: async () => undefined };
       };
       export default { sinks: { slow }, routes: [{ otherwise: true, to: ['slow'] }] };`,
    );
    const child = startCli(['serve', '--udp-port', '0', '--http-port', '0'], { cwd });
    const exited = once(child, 'exit');
    await expect.poll(() => existsSync(join(cwd, 'begun'))).toBe(true);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(existsSync(join(cwd, 'made'))).toBe(false);
  });

  it('finds metlog.config.ts in the working folder', async () => {
    const cwd = await tempDir();
    const sink = join(cwd, 'sink.ndjson');
    await writeFile(
      join(cwd, 'metlog.config.ts'),
      `import { defineConfig } from 'metlog/router';
       const path: string = ${JSON.stringify(sink)};
       export default defineConfig({ sinks: { all: { kind: 'file', path } }, routes: [{ match: {}, to: ['all'] }] });`,
    );
    const { udp } = await serve({ cwd });
    await runCli(['send', 'order.placed', '--dest', udp]);
    await expect.poll(() => typesIn(sink)).toEqual(['order.placed']);
  });

  it.each<[string, string[], number, RegExp]>([
    ['{"sinks":{"x":1}}', [], 1, /^metlog serve: \S+c\.json: sinks\.x must be [^\n]*\n$/],
    ['{', [], 1, /^metlog serve: \S+c\.json: line 1, column 2: [^\n]*\n$/],
    [
      '{"sinks":{"a":{"kind":"stdout"}},"routeTests":[{"message":{"type":"x"},"to":["a"]},{"message":{"type":"y"},"to":["a"]}]}',
      [],
      1,
      /^metlog serve: \S+c\.json: routeTests\.0: the message reaches no sink, wanted a; 1 more route test failed, see `metlog check`\n$/,
    ],
    [
      '{}',
      ['--udp-host', '0.0.0.0'],
      2,
      /^metlog serve: --udp-host must be [^\n]* neither keys with a secret nor allowUnsigned: true, got "0\.0\.0\.0"[^\n]*\n$/,
    ],
  ])('does not start with %s %j', async (text, args, code, said) => {
    const path = join(await tempDir(), 'c.json');
    await writeFile(path, text);
    const result = await runCli(['serve', '--config', path, '--data-dir', await tempDir(), ...args]);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(said);
  });

  it('listens for other machines where the configuration has keys, and where it says so', async () => {
    for (const config of [{ allowUnsigned: true }, { keys: { shop: { secret: 'a secret of 24 characters' } } }]) {
      const path = join(await tempDir(), 'c.json');
      await writeFile(path, JSON.stringify(config));
      const { lines, stop } = await serve({ args: ['--config', path, '--udp-host', '0.0.0.0'] });
      expect(lines[0]).toMatch(/^metlog: udp:\/\/0\.0\.0\.0:\d+$/);
      expect(await stop()).toBe(0);
    }
  });
});

describe('SIGHUP', () => {
  it('brings what comes from now on to the sinks of the file as it is now; a wrong file changes nothing', async () => {
    const dir = await tempDir();
    const [a, b, path] = [join(dir, 'a.ndjson'), join(dir, 'b.ndjson'), join(dir, 'c.json')];
    const write = (config: object | string): Promise<void> =>
      writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
    await write({ sinks: { a: file(a) }, routes: everythingTo('a') });
    const { child, udp, stderr, stop } = await serve({ args: ['--config', path] });
    const send = (type: string): Promise<unknown> => runCli(['send', type, '--dest', udp]);
    const toldOf = async (text: string): Promise<void> => {
      child.kill('SIGHUP');
      await expect.poll(stderr).toContain(text);
    };
    await send('first');
    await expect.poll(() => typesIn(a)).toEqual(['first']);

    await write({ sinks: { a: file(a), b: file(b) }, routes: [...everythingTo('a'), ...everythingTo('b')] });
    await toldOf('metlog serve: configuration reloaded: 2 sinks, 2 routes\n');
    await send('second');
    await expect.poll(() => typesIn(b)).toEqual(['second']);

    await write({ sinks: { a: file(a) }, routes: everythingTo('nowhere') });
    await toldOf(
      `metlog serve: configuration not reloaded, all stays as it was: ${path}: routes.0.to.0 must be the name of a sink (a), got "nowhere"\n`,
    );
    await write('{');
    await toldOf(`all stays as it was: ${path}: line 1, column 2`);
    await write('');
    await toldOf(`all stays as it was: ${path}: the file is empty`);
    const routeTests = [{ name: 'all', message: { type: 'x' }, to: [] }];
    await write({ sinks: { a: file(a) }, routes: everythingTo('a'), routeTests });
    await toldOf(`all stays as it was: ${path}: routeTests.0 (all): the message reaches a, wanted no sink\n`);
    await write({ sinks: { a: file(a) }, routes: everythingTo('a'), closeDeadlineMs: 1 });
    await toldOf('all stays as it was: closeDeadlineMs cannot change while the router runs');
    await send('third');
    await expect.poll(() => typesIn(b)).toEqual(['second', 'third']);
    await expect.poll(() => typesIn(a)).toEqual(['first', 'second', 'third']);
    expect(await stop()).toBe(0);
  });

  it('ends nothing where there is no file', async () => {
    const { child, http, stderr, stop } = await serve({ cwd: await tempDir() });
    child.kill('SIGHUP');
    await expect.poll(stderr).toBe('metlog serve: nothing to reload: there is no configuration file\n');
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
    expect(await stop()).toBe(0);
  });
});
