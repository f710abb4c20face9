import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end; the result is what it printed. Rejects with what it said, should it fail. It ends with the test. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { cwd, env }: RunOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode === 0) return { stdout, stderr };
  throw new Error(
    `${command} ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}: ${tail(stderr)}\n${tail(stdout)}`,
  );
}

const SHOWN = 10_000;
const tail = (said: string): string => said.slice(-SHOWN);
