import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { createStored, type Stored } from '../browser/support/router.ts';
import { tempDir } from '../cli/run-cli.ts';

/** Programs that `npm start` started. */
export interface Started {
  /** The first group of this pattern, once their output has it. */
  find(pattern: RegExp): Promise<string>;
  output(): string;
  /** Their end, of themselves or by `stop`. */
  readonly ended: Promise<unknown>;
  /** Ends all of them. */
  stop(): Promise<void>;
}

/** Starts what the `package.json` of a folder starts. */
export function npmStart(cwd: string, env: Readonly<Record<string, string>>): Started {
  const child = spawn('npm', ['start'], {
    cwd,
    env: { ...process.env, ...env, NO_COLOR: '1', CI: 'true' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  const ended = once(child, 'close');
  return {
    async find(pattern) {
      const found = (): string => pattern.exec(said)?.[1] ?? '';
      await expect.poll(found, { timeout: 90_000 }).not.toBe('');
      return found();
    },
    output: () => said,
    ended,
    async stop() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await ended; // all of it: whoever still runs holds the pipe
    },
  };
}

/** An example that runs: where it answers, and what the store of its router has. */
export interface Example {
  readonly url: string;
  readonly stored: Stored;
  readonly dataDir: string;
  readonly ended: Promise<unknown>;
}

/** Starts an example by its one command, and waits until its output has its address. It ends with the test. */
export async function startExample(folder: string, address: RegExp): Promise<Example> {
  const dataDir = await tempDir();
  const started = npmStart(resolve('examples', folder), { METLOG_DATA_DIR: dataDir });
  onTestFailed(() => console.error(`--- examples/${folder} said:\n${started.output()}`));
  onTestFinished(started.stop);
  const url = await started.find(address);
  const stored = createStored(await started.find(/^metlog: (http:\S+)/m));
  return { url, stored, dataDir, ended: started.ended };
}
