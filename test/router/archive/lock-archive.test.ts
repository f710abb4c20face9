import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Router } from '../../../src/router/index.ts';
import { temporaryFolder } from '../support/folder.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../../src/router/index.ts'), 'createRouter'>;
const built = '../../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

it('lets one router at a time write to an archive, also from different data folders', async () => {
  const dir = await temporaryFolder();
  const archive = join(dir, 'big');
  const start = async (name: string): Promise<Router> => {
    const config = { dataDir: join(dir, name), udp: { port: 0 }, archive: { dir: archive } };
    const router = await createRouter(config, { warn: (text) => expect.unreachable(text) });
    onTestFinished(() => router.close());
    return router;
  };
  const first = await start('a');
  await expect(start('b')).rejects.toMatchObject({
    code: 'data-dir-in-use',
    message: `the archive ${archive} is in use by another metlog (pid ${process.pid})`,
  });
  expect(await readdir(join(dir, 'b'))).toEqual([]);
  await first.close();
  await (await start('b')).close();
  expect(await readdir(join(archive, '_staging'))).toEqual([]);
});
