import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: { node: 'src/node/index.ts', router: 'src/router/index.ts', relay: 'src/relay/index.ts', testing: 'src/testing/index.ts' },
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    dts: true,
    splitting: true,
    clean: false,
    shims: true,
  },
]);
