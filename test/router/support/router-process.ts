import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export type Said = { readonly port: number } | { readonly code: string; readonly message: string };

export interface RouterProcess {
  readonly child: ChildProcess;
  /** What it said first. */
  readonly said: Said;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Runs the built router in a process of its own; `within` is the command, if any, that starts it. */
export async function startRouterProcess(dataDir: string, within: readonly string[] = []): Promise<RouterProcess> {
  const script = fileURLToPath(new URL('./router-process.mjs', import.meta.url));
  const [command, ...args] = [...within, process.execPath, script, dataDir];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error(`it ended without a word: ${stderr}`))),
  ])) as [string];
  return { child, said: JSON.parse(line) as Said, ended };
}
