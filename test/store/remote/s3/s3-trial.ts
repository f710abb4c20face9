import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RemoteError, type Remote } from '../../../../src/store/remote/remote.ts';
import { createS3Remote } from '../../../../src/store/remote/s3/s3.ts';
import { tempDir } from '../../../cli/run-cli.ts';
import { startS3Double, type DoubleOptions, type S3Double } from './s3-double.ts';

export const PATH = 'dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';
export const KEY = `logs/${PATH}`;
export const CONTENT = Buffer.from('what a router archived');
export const CREDENTIALS = { accessKeyId: 'KEY-ID', secretAccessKey: 'SECRET' };

export async function startRemote(options: DoubleOptions = {}): Promise<{ store: S3Double; remote: Remote }> {
  const store = await startS3Double(options);
  const place = { kind: 's3', bucket: 'archive', prefix: 'logs' } as const;
  const remote = await createS3Remote(place, { endpoint: store.endpoint, ...CREDENTIALS });
  onTestFinished(() => remote.close());
  return { store, remote };
}

export async function localFile(content: Uint8Array = CONTENT): Promise<string> {
  const path = join(await tempDir(), 'file.parquet');
  await writeFile(path, content);
  return path;
}

export const failureOf = async (work: Promise<unknown>): Promise<RemoteError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw new Error(`not a RemoteError: ${String(error)}`);
  return error;
};
