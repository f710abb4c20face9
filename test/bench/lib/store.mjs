import { build } from 'tsup';
import { here } from './processes.mjs';

/** Builds the store, which is no package entry; it finds DuckDB as the package does. Resolves to its path. */
export const buildStore = () => buildEntry('store');

/** Builds `<name>-entry.ts` of this folder. Resolves to the path of what was built. */
export async function buildEntry(name) {
  const outDir = here('dist');
  await build({
    entry: { [name]: here(`${name}-entry.ts`) },
    outDir,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    config: false,
    silent: true,
    tsconfig: here('../../tsconfig.json'),
    external: ['@duckdb/node-api'],
  });
  return `${outDir}/${name}.js`;
}
