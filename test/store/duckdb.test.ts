import { expect, it } from 'vitest';
import { loadDuckdb } from '../../src/store/duckdb.ts';
import { MissingPeerError } from '../../src/store/peer.ts';

it.each([
  Object.assign(new Error("Cannot find package '@duckdb/node-api'"), { code: 'ERR_MODULE_NOT_FOUND' }),
  Object.assign(new Error("Cannot find module '@duckdb/node-bindings-linux-x64/duckdb.node'"), {
    code: 'MODULE_NOT_FOUND',
  }),
])('says what to install when DuckDB is missing (%s)', async (error) => {
  const loading = loadDuckdb('queries', () => Promise.reject(error));
  await expect(loading).rejects.toBeInstanceOf(MissingPeerError);
  await expect(loading).rejects.toThrow(
    '@duckdb/node-api is needed for queries; install it with: npm install @duckdb/node-api',
  );
});

it('passes on any other failure of loading it', async () => {
  await expect(loadDuckdb('queries', () => Promise.reject(new Error('GLIBC too old')))).rejects.toThrow(
    'GLIBC too old',
  );
});
