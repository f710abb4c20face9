import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { createStored, type Stored } from '../browser/support/router.ts';
import { tempDir } from '../cli/run-cli.ts';

/** An example that runs: where it answers, and what the store of its router has. */
export interface Example {
  readonly url: string;
  readonly stored: Stored;
  readonly dataDir: string;
  /** Its end, and that of all that it started. */
  readonly ended: Promise<unknown>;
}

/** Starts an example by its one command, and waits until its output has its address. It ends with the test. */
export async function startExample(folder: string, address: RegExp): Promise<Example> {
  const dataDir = await tempDir();
  const child = spawn('npm', ['start'], {
    cwd: resolve('examples', folder),
    env: { ...process.env, METLOG_DATA_DIR: dataDir, NO_COLOR: '1', CI: 'true' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  const ended = once(child, 'close');
  onTestFailed(() => console.error(`--- examples/${folder} said:\n${said}`));
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended; // all of it: whoever still runs holds the pipe
  });
  const found = (pattern: RegExp): Promise<string> =>
    expect
      .poll(() => pattern.exec(said)?.[1] ?? '', { timeout: 90_000 })
      .not.toBe('')
      .then(() => pattern.exec(said)?.[1] ?? '');
  const url = await found(address);
  return { url, stored: createStored(await found(/^metlog: (http:\S+)/m)), dataDir, ended };
}
