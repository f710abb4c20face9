import { PassThrough, Readable, Writable } from 'node:stream';
import { runCommandLine } from '../../src/cli/run.ts';
import type { CliResult } from './run-cli.ts';

export interface HereOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What SIGINT and SIGTERM abort. */
  readonly signal?: AbortSignal;
}

/** The command line in this process: fifty processes would take ten seconds. */
export async function runHere(
  args: readonly string[],
  { env = {}, stdin, signal }: HereOptions = {},
): Promise<CliResult> {
  const said = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr'): Writable =>
    new PassThrough().on('data', (chunk: Buffer) => (said[name] += chunk.toString()));
  const code = await runCommandLine(args, {
    env,
    stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    watchSignals: () => signal ?? new AbortController().signal,
    unwatchSignals: () => undefined,
    onHangup: () => undefined,
    abandon: () => undefined,
  });
  return { code, ...said };
}
