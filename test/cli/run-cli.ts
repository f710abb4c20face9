import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const CLI = resolve('dist/cli.js');

export interface CliOptions {
  /** @default the one that is built */
  readonly cli?: string;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is removed when the test has finished. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts the built command line; it is ended with the test. */
export function startCli(
  args: readonly string[],
  options: CliOptions = {},
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METLOG_')));
  const child = spawn(process.execPath, [options.cli ?? CLI, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...inherited, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // one that reads no input may be gone before it is written
  child.stdin.end(options.stdin ?? '');
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

export interface Serving {
  readonly child: ChildProcess;
  readonly dataDir: string;
  readonly udp: string;
  readonly http: string;
  /** What it printed until it was ready. */
  readonly lines: readonly string[];
  /** What it has said on stderr so far. */
  stderr(): string;
  /** Sends a signal and resolves to the exit code, once all that it said has been read. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `metlog serve` on free ports, ready. */
export async function serve(
  options: CliOptions & {
    readonly dataDir?: string;
    readonly udpPort?: string;
    readonly httpPort?: string;
    readonly args?: readonly string[];
  } = {},
): Promise<Serving> {
  const dataDir = options.dataDir ?? (await tempDir());
  const child = startCli(
    [
      'serve',
      '--data-dir',
      dataDir,
      '--udp-port',
      options.udpPort ?? '0',
      '--http-port',
      options.httpPort ?? '0',
      ...(options.args ?? []),
    ],
    options,
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line === 'metlog: ready') break;
  }
  const address = (scheme: string): string => {
    const line = lines.find((printed) => printed.startsWith(`metlog: ${scheme}://`));
    if (line === undefined) throw new Error(`serve did not start: ${lines.join(' | ')} ${said}`);
    return line.slice('metlog: '.length);
  };
  return {
    child,
    dataDir,
    udp: address('udp'),
    http: address('http'),
    lines,
    stderr: () => said,
    async stop(signal = 'SIGTERM') {
      const closed = once(child, 'close') as Promise<[number | null]>; // `exit` may come before its last words are read
      child.kill(signal);
      return (await closed)[0];
    },
  };
}
