import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const licence = readFileSync(join(ROOT, 'LICENSE'), 'utf8');

/** Folders of the packages of which something is in what esbuild makes. */
async function bundledBy(options: BuildOptions): Promise<readonly string[]> {
  const { metafile } = await build({
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    metafile: true,
    absWorkingDir: ROOT,
    outdir: 'dist/unused',
    ...options,
  });
  const inputs = Object.values(metafile?.outputs ?? {}).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)];
}

it.each([
  [
    "the report's page",
    {
      entryPoints: ['src/report/ui/main.tsx', 'src/report/ui/style.css'],
      splitting: true,
      tsconfig: 'src/report/ui/tsconfig.json',
    },
    11,
  ],
  ['the script for pages', { entryPoints: ['src/browser/global.ts'], tsconfig: 'src/browser/tsconfig.json' }, 1],
])('LICENSE names each package that is built into %s, and whose it is', async (_what, options, leastCount) => {
  const folders = await bundledBy(options);
  expect(folders.length).toBeGreaterThanOrEqual(leastCount);
  for (const folder of folders) {
    const name = folder.split('node_modules/').at(-1) ?? '';
    const file = readdirSync(join(ROOT, folder)).find((one) => /^licen[cs]e/i.test(one)) ?? '';
    const holder = /^Copyright .+$/m.exec(readFileSync(join(ROOT, folder, file), 'utf8'))?.[0] ?? '';
    expect(holder).not.toBe('');
    expect(licence).toContain(holder);
    expect(licence, `of ${holder}`).toMatch(new RegExp(`(?<![\\w/@-])${name}(?![\\w/-])`));
  }
});
