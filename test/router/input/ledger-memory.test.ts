import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const run = promisify(execFile);

it('keeps a million senders, ten thousand of them with as many gaps as a sender may have, in less than 100 MB', async () => {
  const script = join(await temporaryFolder(), 'ledger-memory.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./support/ledger-memory.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const { stdout } = await run(process.execPath, ['--expose-gc', script, '990000', '10000']);
  console.info(`a ledger of a million senders: ${stdout.trim()}`);
  const { bytes, ...rest } = JSON.parse(stdout) as Record<string, number>;
  expect(rest).toMatchObject({ remembered: 1_000_000, evicted: 0, missing: 10_000 * (74 * 4 - 3) });
  expect(bytes).toBeLessThan(100e6);
}, 120_000);
