import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

/** Packages of which a few functions are used: they are built in, so that nobody installs the rest. LICENSE names them. */
const BUNDLED = ['@sentry/core', /^@jridgewell\//];

/** What a page can hold the scripts against. https://www.w3.org/TR/SRI/ */
async function writeIntegrity(): Promise<void> {
  const hashes: Record<string, string> = {};
  for (const name of ['metlog.global.js', 'metlog.stub.js']) {
    const hash = createHash('sha384').update(await readFile(`dist/${name}`));
    hashes[name] = `sha384-${hash.digest('base64')}`;
    console.log(`integrity of ${name}: ${hashes[name]}`);
  }
  await writeFile('dist/integrity.json', `${JSON.stringify(hashes, null, 2)}\n`);
}

export default defineConfig([
  // What is imported.
  {
    entry: {
      node: 'src/node/index.ts',
      'node-captures': 'src/node/captures/index.ts',
      router: 'src/router/index.ts',
      relay: 'src/relay/index.ts',
      register: 'src/node/register.ts',
      testing: 'src/testing/index.ts',
      express: 'src/bindings/express.ts',
      fastify: 'src/bindings/fastify.ts',
      koa: 'src/bindings/koa.ts',
      hono: 'src/bindings/hono.ts',
      http: 'src/bindings/http.ts',
    },
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    dts: true,
    splitting: true,
    treeshake: true, // by rollup, which leaves the syntax of the CommonJS build as it is; what splits it otherwise makes a closure of each `??`
    clean: false,
    shims: true,
    noExternal: BUNDLED,
  },
  // What a page's bundler takes beside the SDK.
  {
    entry: { captures: 'src/browser/captures/index.ts', react: 'src/bindings/react.ts', vue: 'src/bindings/vue.ts' },
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'browser',
    tsconfig: 'src/browser/tsconfig.json',
    dts: true,
    splitting: false, // a shared chunk would lose the directive at the top of react.ts
    clean: false,
  },
  // What is run: the command line, and the router's threads, which it finds beside itself.
  {
    entry: {
      cli: 'src/cli/main.ts',
      'receiver-thread': 'src/router/input/receiver-thread.ts',
      'maps-thread': 'src/router/maps/maps-thread.ts',
    },
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    dts: false,
    splitting: true,
    clean: false,
    noExternal: BUNDLED,
  },
  // What a page's bundler takes.
  {
    entry: { browser: 'src/browser/index.ts', slim: 'src/browser/slim.ts' },
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'browser',
    tsconfig: 'src/browser/tsconfig.json',
    dts: true,
    splitting: true,
    clean: false,
  },
  // What a script tag loads, whole.
  {
    entry: { 'metlog.global': 'src/browser/global.ts', 'metlog.stub': 'src/browser/stub.ts' },
    format: ['iife'],
    outExtension: () => ({ js: '.js' }),
    target: 'es2022',
    platform: 'browser',
    tsconfig: 'src/browser/tsconfig.json',
    dts: false,
    minify: true,
    noExternal: [/.*/],
    clean: false,
    onSuccess: writeIntegrity,
  },
  // What a browser loads from `metlog serve`.
  {
    entry: { main: 'src/report/ui/main.tsx', style: 'src/report/ui/style.css' },
    outDir: 'dist/ui',
    format: ['esm'],
    target: 'es2022',
    platform: 'browser',
    tsconfig: 'src/report/ui/tsconfig.json',
    dts: false,
    splitting: true, // what one page alone needs is loaded with that page
    minify: true,
    noExternal: [/.*/],
    clean: false,
    async onSuccess() {
      await copyFile('src/report/ui/index.html', 'dist/ui/index.html');
    },
  },
]);
