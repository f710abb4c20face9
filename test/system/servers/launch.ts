import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a server may take until it answers, and until it has ended, on a machine that is busy with others. */
const READY_WITHIN_MS = 90_000;
const END_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

export interface ServerCommand {
  /** Names it where its output is shown. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 90 seconds */
  readonly readyWithinMs?: number;
  /** Whether it can be used yet. A rejection means no. */
  isReady(): Promise<boolean>;
}

export interface Server {
  readonly pid: number;
  /** All that it has said. */
  output(): string;
  /** Ends it, and waits until it is gone; killed, should it not end by itself. Idempotent. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Launched extends Server {
  /** Settles once it can be used; rejects when it cannot. It has to be stopped all the same. */
  readonly ready: Promise<void>;
}

const running = new Set<ChildProcess>();
// What a test could not end any more, as the runner itself is ended.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts a server, which lives until it is stopped or this process ends. */
export function launchServer(asked: ServerCommand): Launched {
  const { name, command, args, cwd, env, isReady } = asked;
  const readyWithinMs = asked.readyWithinMs ?? READY_WITHIN_MS;
  const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const life = { hasEnded: false };
  const ended = once(child, 'close')
    .catch((error: unknown) => void (output += String(error))) // it could not be started
    .then(() => {
      life.hasEnded = true;
      running.delete(child);
    });

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (life.hasEnded) return;
    child.kill(signal);
    const late = new AbortController();
    const killed = delay(END_WITHIN_MS, undefined, { signal: late.signal }).then(
      () => void child.kill('SIGKILL'),
      () => undefined, // it has ended in time
    );
    await ended;
    late.abort();
    await killed;
  };

  const untilReady = async (): Promise<void> => {
    const giveUpMs = performance.now() + readyWithinMs;
    while (!(await isReady().catch(() => false))) {
      if (life.hasEnded) throw new Error(`${name} has ended before it was ready: ${output}`);
      if (performance.now() > giveUpMs) throw new Error(`${name} is not ready after ${readyWithinMs} ms: ${output}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  return { pid: child.pid ?? 0, output: () => output, stop, ready: untilReady() };
}
