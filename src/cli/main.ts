#!/usr/bin/env node
import type { CliContext } from './command.ts';
import { runCommandLine } from './run.ts';

/** Aborts at the first SIGINT or SIGTERM; the second ends the process at once. */
function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}

// `metlog tail | head`: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const { env, stdin, stdout, stderr } = process;
const context: CliContext = { env, stdin, stdout, stderr, watchSignals };
process.exitCode = await runCommandLine(process.argv.slice(2), context);
