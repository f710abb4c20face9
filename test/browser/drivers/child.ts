import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const END_WITHIN_MS = 5_000;

export interface Child {
  /** What it writes to its file descriptor 3. */
  readonly third: Readable;
  readonly hasEnded: boolean;
  /** All that it has said. */
  output(): string;
  /** Ends it and what it has started, and waits until it is gone. Idempotent. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// What could not be ended any more, as the runner itself is ended.
process.on('exit', () => running.forEach((child) => signal(child, 'SIGKILL')));

/** Starts a program in a process group of its own. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (output += part.toString()));
  const ended = once(child, 'exit')
    .catch((error: unknown) => void (output += String(error))) // it could not be started
    .then(() => {
      hasEnded = true;
      running.delete(child);
    });
  return {
    third: child.stdio[3] as Readable,
    get hasEnded() {
      return hasEnded;
    },
    output: () => output,
    async stop() {
      signal(child, 'SIGTERM');
      const late = new AbortController();
      const killed = delay(END_WITHIN_MS, undefined, { signal: late.signal }).then(
        () => signal(child, 'SIGKILL'),
        () => undefined, // it has ended in time
      );
      await ended;
      late.abort();
      await killed;
    },
  };
}

/** To the whole group, of which nothing may be left. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already is what was wanted
  }
}
