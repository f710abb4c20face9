import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { MissingPeerError } from '../../../../src/store/peer.ts';
import { loadS3 } from '../../../../src/store/remote/s3/load-s3.ts';

it('says what to install when the client is missing', async () => {
  const error = Object.assign(new Error("Cannot find package '@aws-sdk/client-s3'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  const loading = loadS3(() => Promise.reject(error));
  await expect(loading).rejects.toBeInstanceOf(MissingPeerError);
  await expect(loading).rejects.toThrow('install it with: npm install @aws-sdk/client-s3');
});

it('is the only one who loads the client', async () => {
  const { metafile } = await build({
    entryPoints: ['src/cli/main.ts', 'src/router/index.ts', 'src/store/remote/s3/s3.ts'],
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  const ofClient = imported.filter(({ path }) => path.startsWith('@aws-sdk/'));
  expect(ofClient.length).toBeGreaterThan(0);
  expect(ofClient.filter(({ kind, path }) => kind !== 'dynamic-import' || path !== '@aws-sdk/client-s3')).toEqual([]);
});
