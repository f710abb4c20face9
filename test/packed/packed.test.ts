import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What a stranger gets: `npm pack`, then the tarball in a project of his own. Wants a finished `npm run build`.

const run = promisify(execFile);
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

let project: string;
let packed: {
  readonly files: readonly { readonly path: string }[];
  readonly size: number;
  readonly unpackedSize: number;
};

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'metlog-packed-'));
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const [report] = JSON.parse(output) as (typeof packed & { filename: string })[];
  packed = report!;
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'scratch', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(project, report!.filename)], {
    cwd: project,
  });
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('holds what is built, the licence and the documents, and nothing else', () => {
    const strays = packed.files
      .map((file) => file.path)
      .filter((path) => !/^(?:dist\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(path));
    expect(strays).toEqual([]);
    expect(packed.files.some((file) => /\.map$|\.test\.|metlog-data/.test(file.path))).toBe(false);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(990_000);
  });

  it.each(['@duckdb/node-api', '@aws-sdk/client-s3'])('does not bring %s unasked', (name) => {
    expect(() => readFileSync(join(project, 'node_modules', name, 'package.json'))).toThrow();
  });

  it('has nothing of the client of S3 built in', () => {
    const built = packed.files.map(({ path }) => path).filter((path) => /^dist\/[^/]+\.c?js$/.test(path));
    const texts = built.map((path) => readFileSync(join(project, 'node_modules/metlog', path), 'utf8'));
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter((text) => text.includes('emitWarningIfUnsupportedVersion'))).toEqual([]);
  });

  it('is imported by an ES module', async () => {
    writeFileSync(
      join(project, 'esm.mjs'),
      `import { createMetlog, incr } from 'metlog'; const m = createMetlog({ enabled: false }); m.incr('x'); incr('y'); console.log(typeof m.timer('t').stop())`,
    );
    expect((await run('node', ['esm.mjs'], { cwd: project })).stdout.trim()).toBe('number');
  });

  it('is required by a CommonJS module', async () => {
    writeFileSync(
      join(project, 'cjs.cjs'),
      `const { createMetlog, incr } = require('metlog'); const m = createMetlog({ enabled: false }); m.incr('x'); incr('y'); console.log(typeof m.timer('t').stop())`,
    );
    expect((await run('node', ['cjs.cjs'], { cwd: project })).stdout.trim()).toBe('number');
  });

  it.each(['metlog/node', 'metlog/captures', 'metlog/relay', 'metlog/router', 'metlog/testing'])(
    'has %s in both module systems',
    async (name) => {
      const script = `const a = Object.keys(require('${name}')); import('${name}').then((m) => console.log(JSON.stringify([a.sort(), Object.keys(m).filter((k) => k !== 'default').sort()])))`;
      writeFileSync(join(project, 'both.cjs'), script);
      const [required, imported] = JSON.parse((await run('node', ['both.cjs'], { cwd: project })).stdout) as [
        string[],
        string[],
      ];
      expect(required.length).toBeGreaterThan(0);
      expect(required.filter((key) => key !== 'module.exports')).toEqual(
        imported.filter((key) => key !== 'module.exports'),
      );
    },
  );

  it('has a command line that says what it needs', async () => {
    const bin = join(project, 'node_modules/.bin/metlog');
    expect((await run(bin, ['--version'], { cwd: project })).stdout).toContain('0.1.0');
    const failure = await run(bin, ['serve', '--udp-port', '0', '--http-port', '0'], { cwd: project }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('@duckdb/node-api') as string });
  });
});

const SOURCE = `
import { createMetlog, defineMessage, type Message, type Metlog } from 'metlog';
import { createRouter } from 'metlog/router';
import { z } from 'zod';
const metlog: Metlog = createMetlog({ logger: 'shop' });
const placed = defineMessage('order.placed', z.object({ total: z.number() }));
metlog.send(placed, { total: 12.5 });
// @ts-expect-error the definition wants a number
metlog.send(placed, { total: 'much' });
const login: (user: string) => Promise<boolean> = metlog.timer('auth').wrap(async (user: string) => user !== '');
class Views { @metlog.timer('view.home') home(a: number): string { return String(a); } }
export const used: [typeof createRouter, typeof login, typeof Views, Message | null] = [createRouter, login, Views, null];
`;

describe('its types', () => {
  it.each([
    ['node16', 'node16', 'esm.ts', {}],
    ['nodenext', 'nodenext', 'esm.ts', {}],
    ['nodenext from CommonJS', 'nodenext', 'cjs.cts', {}],
    ['bundler', 'bundler', 'esm.ts', { module: 'esnext' }],
    ['legacy decorators', 'nodenext', 'esm.ts', { experimentalDecorators: true }],
  ])('hold under moduleResolution %s', async (label, moduleResolution, file, more) => {
    const folder = join(project, label.replaceAll(' ', '-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), SOURCE);
    const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          target: 'es2022',
          lib: ['es2022', 'esnext.disposable', 'dom'],
          types: [],
          module,
          moduleResolution,
          ...more,
        },
        files: [file],
      }),
    );
    const { stdout } = await run('node', [TSC, '-p', folder], { cwd: project }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  });
});

describe('its size', () => {
  it.each([
    ['{ createMetlog }', 37_500],
    ['{ incr }', 700],
  ])('importing %s from metlog costs at most %i bytes, minified and compressed', async (names, limitBytes) => {
    const { outputFiles } = await build({
      stdin: { contents: `import ${names} from 'metlog'; console.log(${names})`, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      write: false,
    });
    const bytes = gzipSync(outputFiles[0]!.contents).length;
    console.info(`importing ${names} from metlog: ${bytes} bytes, minified and compressed`);
    expect(bytes).toBeLessThanOrEqual(limitBytes);
  });
});
