import { build } from 'tsup';
import { here } from './processes.mjs';

/** Builds the store, which is no package entry; it finds DuckDB as the package does. Resolves to its path. */
export async function buildStore() {
  const outDir = here('dist');
  await build({
    entry: { store: here('store-entry.ts') },
    outDir,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    config: false,
    silent: true,
    tsconfig: here('../../tsconfig.json'),
    external: ['@duckdb/node-api'],
  });
  return `${outDir}/store.js`;
}
