import { expect, it, vi } from 'vitest';
import { loadS3 } from '../../../../src/store/remote/s3/load-s3.ts';
import { connectS3 } from '../../../../src/store/remote/s3/s3-connection.ts';

it('lets the client say nothing of versions of Node, and leaves the environment as it was', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  const before = { ...process.env };
  const { client } = connectS3(await loadS3(), { kind: 's3', bucket: 'archive', prefix: '' }, {});
  client.destroy();
  expect(warned.mock.calls).toEqual([]);
  expect({ ...process.env }).toEqual(before);
});
