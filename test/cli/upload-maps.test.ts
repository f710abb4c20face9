import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../src/core/encode.ts';
import { describePageException } from '../../src/browser/describe-exception.ts';
import { runCli, serve, tempDir } from './run-cli.ts';

const CART = `export class Cart {
  addItem(price) {
    if (price < 0) throw new RangeError('negative price');
  }
}
export function checkOut(prices) {
  const cart = new Cart();
  prices.forEach((price) => cart.addItem(price));
}
`;

/** A built page in a folder of its own; `before` shifts and renames what is built. */
async function buildPage(before = ''): Promise<string> {
  const dir = await tempDir();
  const source = join(dir, 'src');
  await mkdir(source);
  await writeFile(join(source, 'cart.js'), CART);
  await writeFile(
    join(source, 'main.js'),
    `${before}import { checkOut } from './cart.js';\nglobalThis.buy = () => checkOut([1, -1]);\n`,
  );
  await build({
    entryPoints: [join(source, 'main.js')],
    bundle: true,
    minify: true,
    sourcemap: true,
    format: 'iife',
    entryNames: '[name]-[hash]',
    outdir: join(dir, 'dist', 'assets'),
    logLevel: 'error',
  });
  return join(dir, 'dist');
}

/** Runs the built script as if a page had loaded it from this address, and answers the error that it throws. */
async function thrownBy(dist: string, origin: string): Promise<Error> {
  const [name = ''] = (await readdir(join(dist, 'assets'))).filter((file) => file.endsWith('.js'));
  const script = await readFile(join(dist, 'assets', name), 'utf8');
  const { runInThisContext } = await import('node:vm');
  runInThisContext(script, { filename: `${origin}/assets/${name}` });
  try {
    (globalThis as unknown as { buy(): void }).buy();
  } catch (error) {
    const { name: type, message, stack = '' } = error as Error;
    const calls = stack.split('\n').filter((line) => !line.includes('/test/') && !line.includes('node_modules'));
    return Object.assign(new Error(message), { name: type, stack: calls.join('\n') });
  }
  throw new Error('nothing was thrown');
}

async function report(http: string, error: Error, release: string): Promise<void> {
  const { payload, exception } = describePageException(error, { type: 'onerror', handled: false }, () => false);
  const header = encodeHeader({ metlog: 1, logger: 'shop' });
  const response = await fetch(`${http}/v1/messages`, {
    method: 'POST',
    body: `${header}\n${JSON.stringify({ type: 'exception', payload, metadata: { release, exception } })}`,
  });
  expect(await response.json()).toMatchObject({ accepted: 1 });
}

interface Row {
  readonly fingerprint: string;
  readonly places: string;
}

async function groups(http: string): Promise<readonly Row[]> {
  const sql = `select fingerprint, array_to_string(list_transform(json_extract(metadata, '$.exception.frames[*]'), lambda frame:
    coalesce(frame->>'function', '') || '@' || (frame->>'filename') || ':' || coalesce(frame->>'lineno', '')), ' ') as places
    from messages where type = 'exception' order by received`;
  const response = await fetch(`${http}/api/query`, {
    method: 'POST',
    body: JSON.stringify({ sql }),
    headers: { 'content-type': 'application/json' },
  });
  const body = (await response.json()) as { rows?: readonly Row[]; error?: string };
  if (body.rows === undefined) throw new Error(body.error);
  return body.rows;
}

const ORIGINAL =
  /^buy@src\/main\.js:\d+ checkOut@src\/cart\.js:8 (?:Array\.forEach@<anonymous>: )?@src\/cart\.js:8 addItem@src\/cart\.js:3$/;

describe('metlog upload-maps', () => {
  it('makes one group, with original places, of one error in two builds of one application', async () => {
    const { http } = await serve();
    const builds = [
      await buildPage(),
      await buildPage('globalThis.others = [function other() {}, function another() {}];\n'.repeat(3)),
    ];
    for (const [index, dist] of builds.entries()) {
      const { code, stdout, stderr } = await runCli(['upload-maps', dist, '--release', `1.${index}`, '--url', http]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^/assets/main-\\w{8}\\.js\\n1 source map for the release 1\\.${index}\\n$`));
      await report(http, await thrownBy(dist, 'https://shop.example'), `1.${index}`);
    }
    await expect.poll(() => groups(http)).toHaveLength(2);
    const [one, other] = await groups(http);
    for (const row of [one, other]) expect(row!.places).toMatch(ORIGINAL);
    expect(one!.fingerprint).toBe(other!.fingerprint);
  });

  it('writes into a data folder, whose router finds the maps while it runs, by the ids that it wrote into the scripts', async () => {
    const { http, dataDir } = await serve();
    const dist = await buildPage();
    const args = ['upload-maps', dist, '--release', '1.0', '--url-prefix', '/elsewhere', '--data-dir', dataDir];
    expect((await runCli([...args, '--inject'])).stdout).toMatch(/^\/elsewhere\/assets\/main-/);
    const files = await Promise.all(
      (await readdir(join(dist, 'assets'))).sort().map((name) => readFile(join(dist, 'assets', name), 'utf8')),
    );
    const id = /\/\/# debugId=([\da-f-]{36})\n$/.exec(files[0]!)![1]!;
    expect(JSON.parse(files[1]!)).toMatchObject({ version: 3, debugId: id });
    expect(files[1]).not.toContain('x_metlog_scopes');
    const error = await thrownBy(dist, 'https://shop.example');
    expect(describePageException(error, { type: 'x', handled: false }, () => false).exception['debug_ids']).toEqual({
      [/https:\S+\.js/.exec(error.stack!)![0]]: id,
    });
    await report(http, error, 'unknown');
    await expect.poll(() => groups(http)).toMatchObject([{ places: expect.stringMatching(ORIGINAL) as string }]);
    // A second time, nothing is new.
    await runCli([...args, '--inject']);
    expect(await readFile(join(dist, 'assets', (await readdir(join(dist, 'assets'))).sort()[0]!), 'utf8')).toBe(
      files[0],
    );
  });

  it('takes maps out of scripts and from beside them, and names what it cannot use', async () => {
    const [dist, dataDir, outside] = [await tempDir(), await tempDir(), await tempDir()];
    const map = JSON.stringify({ version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' });
    const inline = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
    await writeFile(join(outside, 'secret.map'), map);
    const files = {
      'inline.js': `a();\n//# sourceMappingURL=${inline}`,
      'beside.mjs': 'a();',
      'beside.mjs.map': map,
      'named.js': 'a();\n//# sourceMappingURL=other%20name.map?v=1',
      'other name.map': map,
      'broken.js': 'a();\n//# sourceMappingURL=broken.js.map',
      'broken.js.map': '{',
      'wrong.js': 'a();',
      'wrong.js.map': '{"version":3,"mappings":7}',
      'remote.js': 'a();\n//# sourceMappingURL=http://127.0.0.1:1/a.map',
      'escaping.js': `a();\n//# sourceMappingURL=../${outside.split('/').at(-1)}/secret.map`,
      'absolute.js': `a();\n//# sourceMappingURL=${outside}/secret.map`,
      'odd.js': 'a();\n//# sourceMappingURL=%E0%A4%A',
      'none.js': 'a();',
      'style.css': 'a {}\n/*# sourceMappingURL=style.css.map */',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dist, name), text);
    const { code, stdout, stderr } = await runCli(['upload-maps', dist, '--data-dir', dataDir], {
      env: { METLOG_RELEASE: '1.0' },
    });
    expect(code).toBe(0);
    expect(stdout).toBe('/beside.mjs\n/inline.js\n/named.js\n3 source maps for the release 1.0\n');
    expect(stderr).toMatch(/^metlog upload-maps: broken\.js: .*\nmetlog upload-maps: wrong\.js: .*\n$/);
    expect(await readFile(join(dist, 'inline.js'), 'utf8')).toBe(files['inline.js']);
  });

  it.each([
    ['is not there', 'nowhere', 'metlog upload-maps: there is no folder "nowhere"\n'],
    ['has no map', '.', 'metlog upload-maps: there is no script with a source map in "."\n'],
  ])('fails where the folder %s', async (_, dir, stderr) => {
    expect(await runCli(['upload-maps', dir, '--release', '1', '--data-dir', 'x'], { cwd: await tempDir() })).toEqual({
      code: 1,
      stdout: '',
      stderr,
    });
  });
});
