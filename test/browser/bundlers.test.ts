import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';

// The packed tarball in a project of its own, bundled by what people bundle with.

const run = promisify(execFile);
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'metlog-bundled-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project]);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'scratch', private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed!.filename}`], {
    cwd: project,
  });
});

afterAll(() => rm(project, { recursive: true, force: true }));

const APP = `
  import { createMetlog, defineMessage } from 'metlog';
  import { z } from 'zod';
  const metlog = createMetlog({ logger: 'bundled', dest: window.dest });
  metlog.incr('page.opened');
  metlog.send(defineMessage('order.placed', z.object({ total: z.number() })), { total: 12.5 });
  metlog.exception(new TypeError('no'));`;

const inTests = (path: string): string => resolve('test/browser/node_modules', path);

/** Each bundles `app.js` of the project into \`dist/app.js\`. */
const BUNDLERS: Readonly<Record<string, () => readonly [command: string, args: readonly string[]]>> = {
  vite: () => [
    process.execPath,
    [inTests('vite/bin/vite.js'), 'build', '--config', join(project, 'vite.config.js'), '--logLevel', 'warn'],
  ],
  webpack: () => [process.execPath, [join(project, 'webpack.mjs'), inTests('webpack/lib/index.js')]],
  esbuild: () => [
    resolve('node_modules/.bin/esbuild'),
    ['app.js', '--bundle', '--minify', '--outfile=dist-esbuild/app.js', '--log-level=warning'],
  ],
};

const CONFIGS = {
  'app.js': APP,
  'vite.config.js': `export default { build: { outDir: 'dist-vite', rollupOptions: { input: 'app.js', output: { entryFileNames: 'app.js', format: 'iife' } } } };`,
  'webpack.mjs': `
    const { default: webpack } = await import(process.argv[2]);
    webpack({ mode: 'production', entry: './app.js', output: { path: process.cwd() + '/dist-webpack', filename: 'app.js' } }, (error, stats) => {
      if (error || stats.hasErrors() || stats.hasWarnings()) throw error ?? new Error(stats.toString());
    });`,
};

describe('the packed tarball', () => {
  inBrowser('chromium', ({ open }) => {
    it.each(Object.keys(BUNDLERS))('is bundled by %s without a warning, and works', async (name) => {
      for (const [file, text] of Object.entries(CONFIGS)) await writeFile(join(project, file), text);
      const [command, args] = BUNDLERS[name]!();
      const { stderr } = await run(command, args, { cwd: project });
      expect(stderr).toBe('');

      const [router, site] = [await startRouter(), await startSite()];
      site.put('/app.js', await readFile(join(project, `dist-${name}`, 'app.js'), 'utf8'));
      await open(
        site.put('/', htmlPage(`<script>window.dest = '${router.http}'</script><script src="/app.js"></script>`)),
      );
      const sql = `select type from messages where logger = 'bundled' order by 1`;
      await expect
        .poll(() => router.stored(sql))
        .toEqual([{ type: 'counter' }, { type: 'exception' }, { type: 'order.placed' }]);
    });
  });
});
