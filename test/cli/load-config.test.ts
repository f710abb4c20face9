import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { findConfigFile, loadConfig, type LoadedConfig } from '../../src/cli/load-config.ts';
import { ConfigError } from '../../src/router/errors.ts';
import { tempDir } from './run-cli.ts';

type Env = Readonly<Record<string, string>>;

/** A folder with these files, by name. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await tempDir();
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

const load = (cwd: string, option?: string, env: Env = {}): Promise<LoadedConfig> =>
  loadConfig(findConfigFile(option, { cwd, env }), { cwd, env });

const ROUTES = "sinks: { other: { kind: 'file', path: 'x' } }, routes: [{ otherwise: true, to: ['other'] }]";
const PARSED = {
  sinks: { other: { kind: 'file', path: 'x' } },
  routes: [{ otherwise: true, to: ['other'] }],
};

describe('loadConfig', () => {
  it.each([
    ['metlog.config.ts', `import { defineConfig } from 'metlog/router'; export default defineConfig({ ${ROUTES} });`],
    ['metlog.config.mjs', `import { defineConfig } from 'metlog/router'; export default defineConfig({ ${ROUTES} });`],
    ['metlog.config.json', `\ufeff${JSON.stringify(PARSED)}`],
  ])('finds %s in the working folder', async (name, text) => {
    expect(await load(await folderOf({ [name]: text }))).toEqual({ file: name, variables: [], config: PARSED });
  });

  it('takes the TypeScript file where there are several, and none where there is none', async () => {
    const dir = await folderOf({ 'metlog.config.json': '{}', 'metlog.config.ts': `export default { ${ROUTES} }` });
    expect((await load(dir)).file).toBe('metlog.config.ts');
    expect(await load(await tempDir())).toEqual({ file: undefined, variables: [], config: {} });
  });

  it('prefers what --config names, then METLOG_CONFIG', async () => {
    const dir = await folderOf({
      'a.json': '{"dataDir":"a"}',
      'b.cjs': "module.exports = { dataDir: 'b' }",
      'metlog.config.ts': "export default { dataDir: 'c' }",
    });
    const env = { METLOG_CONFIG: join(dir, 'b.cjs') };
    expect((await load(dir, 'a.json', env)).config.dataDir).toBe('a');
    expect((await load(dir, undefined, env)).config.dataDir).toBe('b');
    expect((await load(dir, undefined, { METLOG_CONFIG: '' })).config.dataDir).toBe('c');
  });

  it('runs TypeScript that TypeScript alone understands, with imports of its own, top-level await and sinks as functions', async () => {
    const dir = await folderOf({
      'metlog.config.ts': `
        import { defineConfig, ConfigError, type Sink } from 'metlog/router';
        import { own } from './own';
        import shared from './shared.json';
        enum Name { Data = 'from-an-enum' }
        const dataDir: string = await Promise.resolve(Name.Data);
        export default defineConfig({ dataDir, sinks: { own }, archive: { dir: shared.dir + ConfigError.name } });`,
      'own.ts': `export const own = (): never => { throw new Error('called while it is loaded') };`,
      'shared.json': '{"dir":"shared"}',
    });
    const { config } = await load(dir);
    expect(config).toEqual({
      dataDir: 'from-an-enum',
      sinks: { own: expect.any(Function) as unknown },
      archive: { dir: 'sharedConfigError' },
    });
  });

  it('sees the file and everything that it imports as they are now', async () => {
    const dir = await folderOf({
      'metlog.config.ts': `
        import { a } from './a.mjs'; import { b } from './b.ts'; import c from './c.json';
        export default { dataDir: [a, b, c.text, 'd1'].join() }`,
      'a.mjs': "export const a = 'a1'",
      'b.ts': "export const b: string = 'b1'",
      'c.json': '{"text":"c1"}',
    });
    expect((await load(dir)).config.dataDir).toBe('a1,b1,c1,d1');
    await writeFile(join(dir, 'a.mjs'), "export const a = 'a2'");
    await writeFile(join(dir, 'b.ts'), "export const b: string = 'b2'");
    await writeFile(join(dir, 'c.json'), '{"text":"c2"}');
    expect((await load(dir)).config.dataDir).toBe('a2,b2,c2,d1');
    await writeFile(join(dir, 'metlog.config.ts'), "export default { dataDir: 'd2' }");
    expect((await load(dir)).config.dataDir).toBe('d2');
  });

  it.each(['f.ts', 'f.mjs', 'f.cjs', 'f.json'])('sees a changed %s', async (name) => {
    const dir = await tempDir();
    for (const dataDir of ['d1', 'd2', 'd3']) {
      const json = JSON.stringify({ dataDir });
      const text =
        name === 'f.json' ? json : name === 'f.cjs' ? `module.exports = ${json}` : `export default await ${json}`;
      await writeFile(join(dir, name), text);
      expect((await load(dir, name)).config).toEqual({ dataDir });
    }
  });

  it.each<[string, string, string | RegExp]>([
    ['f.ts', "throw new Error('no such luck\\nat all')", 'f.ts: no such luck at all'],
    ['f.ts', 'throw undefined', /^f\.ts: ./],
    [
      'f.mjs',
      'export const config = {}',
      'f.mjs: there is no default export, wanted: export default defineConfig({ … })',
    ],
    ['f.ts', 'export default {\n  sinks: {,\n}', /^f\.ts: .*Unexpected token.*f\.ts:2:\d+$/],
    ['f.mjs', 'const a = 1; const a = 2; export default {}', /^f\.mjs: .*'a'.*/],
    ['f.ts', "import './nowhere.ts'; export default {}", "f.ts: Cannot find module './nowhere.ts'"],
    ['f.ts', 'export default (): object => ({})', 'f.ts: the configuration must be an object, got a function'],
    ['f.mjs', 'export default { sinks: { x: { kind: "file" } } }', 'f.mjs: sinks.x.path must be a path, got undefined'],
    ['f.json', '{\n  "sinks": {\n    "a" 1\n', /^f\.json: line 3, column 9: Expected ':' after property name$/],
    ['f.json', '{\n  "secret": hidden\n}\n\n', /^f\.json: line 2, column 13: Unexpected token 'h'$/],
    ['f.ts', '', 'f.ts: the file is empty, wanted: a configuration'],
    ['f.mjs', ' \n', 'f.mjs: the file is empty, wanted: a configuration'],
    ['f.cjs', '\n', 'f.cjs: the file is empty, wanted: a configuration'],
    ['f.json', '', 'f.json: the file is empty, wanted: a configuration'],
    ['f.json', '\ufeff\n', 'f.json: the file is empty, wanted: a configuration'],
    ['f.ts', '// begun, and not written yet', 'f.ts: there is no default export, wanted: export default'],
    ['f.mjs', "import 'node:fs';", 'f.mjs: there is no default export, wanted: export default'],
    [
      'f.ts',
      "import { defineConfig } from 'metlog/router';",
      'f.ts: there is no default export, wanted: export default',
    ],
    ['f.ts', 'export default undefined', 'f.ts: there is no default export, wanted: export default'],
    ['f.cjs', 'const config = {}', 'f.cjs: there is no default export, wanted: export default'],
    ['f.json', '[]', 'f.json: the configuration must be an object, got an array'],
  ])('tells in one line what is wrong with %s: %j', async (name, text, message) => {
    const failure = await load(await folderOf({ [name]: text }), name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(UsageError);
    const said = (failure as Error).message;
    if (typeof message === 'string') expect(said).toContain(message);
    else expect(said).toMatch(message);
    expect(said).not.toContain('\n');
  });

  it('keeps the kind of an error of the configuration', async () => {
    const dir = await folderOf({ 'metlog.config.json': '{"sink":{}}' });
    await expect(load(dir)).rejects.toThrow(
      new ConfigError('bad-option', 'metlog.config.json: sink is no option of the router'),
    );
  });

  it('says that it was called wrongly where there is no file, or one of a kind that it does not know', async () => {
    const dir = await folderOf({ 'metlog.yaml': '' });
    await mkdir(join(dir, 'folder.ts'));
    for (const [name, said] of [
      ['f.ts', '--config must be a file, and there is none at "f.ts"'],
      ['folder.ts', '--config must be a file, and there is none at "folder.ts"'],
      [
        'metlog.yaml',
        '--config must be a file that ends in .ts, .mts, .cts, .js, .mjs, .cjs, .json, got "metlog.yaml"',
      ],
    ] as const) {
      await expect(load(dir, name)).rejects.toThrow(new UsageError(said));
    }
    await expect(load(dir, undefined, { METLOG_CONFIG: 'x.ts' })).rejects.toThrow(/^METLOG_CONFIG must be a file/);
  });
});

describe('environment variables', () => {
  const DSN = 'https://key@sentry.example/1';

  it('make the usual sinks and routes where no file does', async () => {
    const { variables, config } = await load(await tempDir(), undefined, {
      METLOG_STATSD: 'statsd.internal:8125',
      SENTRY_DSN: DSN,
    });
    expect(variables).toEqual(['METLOG_STATSD', 'SENTRY_DSN']);
    expect(config).toEqual({
      sinks: {
        statsd: { kind: 'statsd', host: 'statsd.internal', port: 8_125 },
        sentry: { kind: 'sentry', dsn: DSN },
      },
      routes: [
        { match: { type: ['counter', 'timer', 'gauge'] }, to: ['statsd'] },
        { match: { type: 'exception' }, to: ['sentry'] },
      ],
    });
  });

  it('add to a file that names no sinks, and nothing to one that does', async () => {
    const env = { METLOG_STATSD: '[::1]:8125' };
    const without = await load(await folderOf({ 'metlog.config.json': '{"dataDir":"d"}' }), undefined, env);
    expect(without).toMatchObject({ file: 'metlog.config.json', variables: ['METLOG_STATSD'] });
    expect(without.config).toMatchObject({ dataDir: 'd', sinks: { statsd: { host: '::1', port: 8_125 } } });
    const withSinks = await load(await folderOf({ 'metlog.config.json': '{"sinks":{}}' }), undefined, env);
    expect(withSinks).toEqual({ file: 'metlog.config.json', variables: [], config: { sinks: {} } });
  });

  it.each([
    [{ METLOG_STATSD: 'localhost' }, 'METLOG_STATSD must be host:port, such as 127.0.0.1:8125, got "localhost"'],
    [{ METLOG_STATSD: 'udp://h:1' }, 'METLOG_STATSD must be host:port, such as 127.0.0.1:8125, got "udp://h:1"'],
    [{ METLOG_STATSD: 'h:70000' }, 'METLOG_STATSD must be a port from 1 to 65535, got "70000"'],
    [{ METLOG_STATSD: 'h:0' }, 'METLOG_STATSD must be a port from 1 to 65535, got "0"'],
    [
      { SENTRY_DSN: 'ftp://key:hidden@sentry.io/1' },
      'SENTRY_DSN must be a DSN such as https://key@host/1, got "ftp://…@sentry.io/1"',
    ],
    [{ SENTRY_DSN: 'sentry.io' }, 'SENTRY_DSN must be a DSN such as https://key@host/1, got "sentry.io"'],
  ])('%j is refused by its name', async (env, said) => {
    await expect(load(await tempDir(), undefined, env as unknown as Env)).rejects.toThrow(new UsageError(said));
  });
});
