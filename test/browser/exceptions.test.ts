import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { runCli, tempDir } from '../cli/run-cli.ts';
import type { Page } from './drivers/browser.ts';
import { scriptTag } from './support/dist.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter, type Router } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';

// What is thrown in a bundled function, through a method, a callback, a constructor and a timer, and reported to whatever client is there.

const CART = `export class Cart {
  constructor(prices) {
    prices.forEach((price) => {
      this.addItem(price);
      this.isChecked = true;
    });
  }
  addItem(price) {
    if (price < 0) throw new RangeError('negative price');
  }
}
`;
const MAIN = `import { Cart } from './cart.js';
const checkOut = (prices) => {
  const cart = new Cart(prices);
  return [cart];
};
function buy() {
  try {
    checkOut([1, -1]);
  } catch (error) {
    globalThis.metlog.exception(error);
  }
}
globalThis.setTimeout(() => { buy(); globalThis.isDone = true; });
`;
/** What another release has before it: other places, and other letters for the names. */
const MORE = `export const more = [function one() {}, function two() {}, function three() {}];\nglobalThis.more = more;\n`;

const BUILDS = {
  'as it is': { minify: false, sourcemap: false },
  'with a map': { minify: false, sourcemap: true },
  minified: { minify: true, sourcemap: true },
  'minified, another release': { minify: true, sourcemap: true, banner: { js: '/* 2.0 */\n\n' } },
} satisfies Record<string, BuildOptions>;
type BuildName = keyof typeof BUILDS;

/** Builds the application into a folder of its own, as `app-<hash>.js`, and answers the folder and the file. */
async function buildApp(
  name: BuildName,
): Promise<{ readonly dir: string; readonly file: string; readonly script: string }> {
  const dir = await tempDir();
  await mkdir(join(dir, 'src'));
  const isOther = name === 'minified, another release';
  await writeFile(join(dir, 'src', 'cart.js'), CART);
  await writeFile(join(dir, 'src', 'more.js'), isOther ? MORE : '');
  await writeFile(join(dir, 'src', 'main.js'), `import './more.js';${MAIN}`);
  const { outputFiles } = await build({
    entryPoints: { app: join(dir, 'src', 'main.js') },
    entryNames: '[name]-[hash]',
    bundle: true,
    format: 'iife',
    outdir: join(dir, 'dist'),
    write: false,
    ...BUILDS[name],
  });
  await mkdir(join(dir, 'dist'));
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  const { path, text } = outputFiles.find((output) => output.path.endsWith('.js'))!;
  return { dir: join(dir, 'dist'), file: path, script: text };
}

interface Told {
  readonly fingerprint: string;
  /** Function, file and line of the application's own frames, innermost first. */
  readonly places: readonly string[];
}

/** What the store knows of the one exception that there is. */
async function told(router: Router): Promise<Told> {
  const sql = `select fingerprint, metadata->'$.exception.frames' as frames from messages where type = 'exception'`;
  await expect.poll(() => router.stored(sql)).toHaveLength(1);
  const [row] = await router.stored(sql);
  const frames = (typeof row!['frames'] === 'string' ? JSON.parse(row!['frames']) : row!['frames']) as readonly {
    readonly function?: string;
    readonly filename: string;
    readonly lineno: number;
    readonly in_app: boolean;
  }[];
  return {
    fingerprint: String(row!['fingerprint']),
    places: frames
      .filter(({ in_app }) => in_app)
      .map((frame) => `${frame.function ?? ''}@${frame.filename.split('/').at(-1)}:${frame.lineno}`)
      .reverse(),
  };
}

/** Has a page run this build, and answers what the store knows of its exception. */
async function inPage(open: (url: string) => Promise<Page>, name: BuildName): Promise<Told> {
  const [router, site, { dir, file, script }] = [await startRouter(), await startSite(), await buildApp(name)];
  const path = `/static/${file.split('/').at(-1)}`;
  if (BUILDS[name].sourcemap) {
    const args = ['upload-maps', dir, '--release', name, '--url-prefix', '/static/', '--url', router.http];
    expect(await runCli(args)).toMatchObject({ code: 0, stderr: '' });
  }
  site.put(path, script);
  const tag = await scriptTag(site, { logger: 'shop', dest: router.http, release: name });
  const page = await open(site.put('/', htmlPage(`${tag}<script src="${path}"></script>`)));
  await expect.poll(() => page.evaluate('globalThis.isDone')).toBe(true);
  await page.evaluate('metlog.flush()');
  return told(router);
}

/** Runs this build in Node. */
async function inNode(name: BuildName): Promise<Told> {
  const [router, { file }] = [await startRouter(), await buildApp(name)];
  const code = `import { createMetlog } from ${JSON.stringify(pathToFileURL(join(process.cwd(), 'dist', 'node.js')).href)};
    globalThis.metlog = createMetlog({ logger: 'shop', dest: '${router.udp}' });
    await import(${JSON.stringify(pathToFileURL(file).href)});
    while (!globalThis.isDone) await new Promise((resolve) => setTimeout(resolve));
    await globalThis.metlog.close();`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return told(router);
}

const SOURCE_PLACES = [
  'addItem@cart.js:9',
  '@cart.js:4',
  'Cart@cart.js:3',
  'checkOut@main.js:3',
  'buy@main.js:8',
  '@main.js:13',
];

describe('one error of a page', () => {
  const groups = new Map<string, string>(); // where, and what its group is
  const note = (where: string, { fingerprint }: Told): void => void groups.set(where, fingerprint);

  inEachBrowser(({ name, open }) => {
    it('has its frames, without a map those of the script', async () => {
      const found = await inPage(open, 'as it is');
      note(`${name}: as it is`, found);
      expect(found.places.map((place) => place.replace(/-\w{8}(?=\.js)|:\d+$/g, ''))).toHaveLength(
        SOURCE_PLACES.length,
      );
      expect(found.places.join(' ')).toMatch(/^\S*addItem@app-\w{8}\.js:\d+ /);
    });

    it.each(['with a map', 'minified', 'minified, another release'] as const)(
      'has its places in the source, %s',
      async (built) => {
        const found = await inPage(open, built);
        note(`${name}: ${built}`, found);
        const plain = found.places.map((place) => place.replace(/^.*[ ./](?=[^@]*@)/, ''));
        expect(plain.map((place) => place.replace(/:\d+$/, ''))).toEqual(
          SOURCE_PLACES.map((place) => place.replace(/:\d+$/, '')),
        );
        // Engines differ by where in a call they see it; all of these stand on one line.
        expect(plain.slice(0, 3)).toEqual(SOURCE_PLACES.slice(0, 3));
      },
    );
  });

  describe('in Node', () => {
    it.each(['as it is', 'with a map'] as const)('is told, %s', async (built) => {
      note(`Node: ${built}`, await inNode(built));
    });
  });

  it('has one group in every engine and every build with a map, and one without', () => {
    const fingerprints = (test: (where: string) => boolean): readonly string[] =>
      [...groups].filter(([where]) => test(where)).map(([, fingerprint]) => fingerprint);
    expect(groups.size).toBeGreaterThan(2);
    const isBare = (where: string): boolean => where.endsWith('as it is');
    expect(new Set(fingerprints(isBare)).size, JSON.stringify([...groups], null, 1)).toBe(1);
    expect(new Set(fingerprints((where) => !isBare(where))).size, JSON.stringify([...groups], null, 1)).toBe(1);
  });
});
