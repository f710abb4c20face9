import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What a page pays: whole applications, bundled from the tarball as a user's bundler does it, minified and compressed. `METLOG_WRITE=1` writes the
// README's table, which is held to the measured sizes otherwise.

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const README = join(ROOT, 'README.md');
const smallest = (entry: string): string =>
  `import { createMetlog } from '${entry}';
   const metlog = createMetlog({ logger: 'shop' });
   metlog.incr('view');
   metlog.timer('render').stop();
   metlog.exception(new Error('no'));`;
const everything = `import { createMetlog } from 'metlog/browser';
   import { breadcrumbs, errors, fetchTiming, navigation } from 'metlog/captures';
   createMetlog({ logger: 'shop', capture: [errors(), navigation(), fetchTiming(), breadcrumbs()] });`;

/** Each with what it was meant to be at most, and what it must not pass: a change that costs more has to say so. In bytes. */
const APPS = [
  { name: 'smallest application, `metlog`', source: smallest('metlog/browser'), wanted: 11_000, limit: 21_400 },
  { name: 'smallest application, `metlog/slim`', source: smallest('metlog/slim'), wanted: 5_500, limit: 15_500 },
  { name: 'everything but web vitals', source: everything, wanted: 15_000, limit: 24_900 },
] as const;
/** All pages of the report together, in bytes: more would be felt on a bad line at night. */
const REPORT_LIMIT = 150_000;
const STUB = { name: 'stub', wanted: 1_000, limit: 1_000 } as const;

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'metlog-size-'));
  const [report] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  ) as { filename: string }[];
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'scratch', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(project, report!.filename)], {
    cwd: project,
  });
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

const compressed = (text: string | Uint8Array): number => gzipSync(text, { level: 9 }).length;

async function byEsbuild(file: string): Promise<number> {
  const { outputFiles } = await build({ entryPoints: [file], bundle: true, minify: true, format: 'esm', write: false });
  return compressed(outputFiles[0]!.contents);
}

async function byRolldown(file: string): Promise<number> {
  const bundle = await rolldown({ input: file, cwd: project, platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return compressed(output[0].code);
}

const table = (rows: readonly (readonly string[])[]): string =>
  [['', 'esbuild', 'rolldown', 'wanted'], ['---', '---:', '---:', '---:'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** What the page of the report loads by what `imports` finds in its scripts, each compressed by itself. Of other builds, files may lie beside them. */
function sizeOfPage(imports: RegExp): number {
  const folder = join(project, 'node_modules/metlog/dist/ui');
  const files = ['index.html', 'style.css', 'main.js'];
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const imported = file.endsWith('.js') ? [...text.matchAll(imports)].map(([, name]) => name!) : [];
    files.push(...new Set(imported.filter((name) => !files.includes(name))));
  }
  return files.reduce((sum, file) => sum + compressed(readFileSync(join(folder, file))), 0);
}

/** What stands in the README between the marks of this name; undefined where it was to be written, and is. */
async function saidIn(name: string, text: string): Promise<string | undefined> {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before = '', rest = ''] = readFileSync(README, 'utf8').split(start);
  const [said = '', after = ''] = rest.split(end);
  if (process.env['METLOG_WRITE'] !== '1') return said;
  const readme = `${before}${start}\n\n${text}\n\n${end}${after}`;
  writeFileSync(README, await format(readme, { ...(await resolveConfig(README)), filepath: README }));
  return undefined;
}

/** What a compressor makes of it varies a little by its version. */
const expectClose = (now: number, then: number, what: string): void =>
  expect(Math.abs(now - then), `${what}: ${now}, and the README says ${then}`).toBeLessThan(then * 0.02);

const inWords = (bytes: number): string => bytes.toLocaleString('en-US');

describe("a page's bundle", () => {
  it('is no larger than it was, and as large as the README says', async () => {
    const rows: string[][] = [];
    for (const [index, { name, source, wanted, limit }] of APPS.entries()) {
      const file = join(project, `app${index}.js`);
      writeFileSync(file, source);
      const sizes = [await byEsbuild(file), await byRolldown(file)];
      for (const bytes of sizes) expect(bytes, name).toBeLessThanOrEqual(limit);
      rows.push([name, ...sizes.map(inWords), inWords(wanted)]);
    }
    const stub = compressed(readFileSync(join(project, 'node_modules/metlog/dist/metlog.stub.js')));
    expect(stub).toBeLessThanOrEqual(STUB.limit);
    rows.push([STUB.name, inWords(stub), '', inWords(STUB.wanted)]);

    const intro =
      'What it adds to a page, in bytes, minified and compressed (`METLOG_WRITE=1 npm run test:packed` measures it and writes this):';
    const said = await saidIn('size', `${intro}\n\n${table(rows)}`);
    if (said === undefined) return;
    for (const row of rows) {
      const [, ...stated] = said
        .split('\n')
        .map((line) => line.split('|').map((cell) => cell.trim()))
        .find(([, name]) => name === row[0])!;
      for (const [column, size] of row.entries()) {
        if (column === 0 || size === '') continue;
        const [now, then] = [size, stated[column]!].map((text) => Number(text.replaceAll(',', '')));
        expectClose(now!, then!, row[0]!);
      }
    }
  });
});

describe("the report's page", () => {
  it('is small, and as large as the README says', async () => {
    const sizes = {
      whole: sizeOfPage(/\b(?:from|import)\s*\(?["']\.\/([^"']+)/g),
      first: sizeOfPage(/\bfrom\s*["']\.\/([^"']+)/g),
    };
    expect(sizes.whole).toBeLessThanOrEqual(REPORT_LIMIT);
    expect(sizes.first).toBeLessThan(sizes.whole / 2);
    const said = await saidIn(
      'report-size',
      `The report's pages are ${inWords(sizes.whole)} bytes in all, compressed, ${inWords(sizes.first)} of which are loaded before anything is shown; the rest comes with the graphs and the pages that need it.`,
    );
    if (said === undefined) return;
    const [whole, first] = [...said.matchAll(/\d{1,3}(?:,\d{3})+/g)].map(([text]) => Number(text.replaceAll(',', '')));
    expectClose(sizes.whole, whole!, 'all of the page');
    expectClose(sizes.first, first!, 'the first view');
  });
});
