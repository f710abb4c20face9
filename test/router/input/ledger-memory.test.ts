import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const run = promisify(execFile);

it('takes a million senders of one page each and ten thousand that live and have as many gaps as they may, in less than 100 MB', async () => {
  const script = join(await temporaryFolder(), 'ledger-memory.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./support/ledger-memory.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const { stdout } = await run(process.execPath, ['--expose-gc', script, '1000000', '10000']);
  console.info(`a ledger of a million senders: ${stdout.trim()}`);
  const { bytes, ...rest } = JSON.parse(stdout) as Record<string, number>;
  // What stands before the first datagram of one that came after others had been forgotten is not known to be missing.
  expect(rest).toMatchObject({ remembered: 1_000_000, evicted: 10_000, missing: 10_000 * 73 * 4 });
  expect(bytes).toBeLessThan(100e6);
}, 120_000);
