#!/usr/bin/env node
import type { CliContext } from './command.ts';
import { runCommandLine } from './run.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Aborts at the first SIGINT or SIGTERM; the second ends the process at once. */
function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) endAtOnce(name);
      controller.abort(name);
    });
  }
  return controller.signal;
}

function unwatchSignals(): void {
  for (const name of SIGNALS) process.removeAllListeners(name);
}

/** Ends as the signal ends a process that does not listen to it. `process.exit` would wait for each file and query under way, and it is those that hang. */
function endAtOnce(name: NodeJS.Signals): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

const { argv, env, stdin, stdout, stderr } = process;
const args = argv.slice(2);
const isServer = args[0] === 'serve' || args[0] === 'relay';

stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isServer) return; // nobody reads what it prints any more; it is there to receive
  process.exit(error.code === 'EPIPE' ? 0 : 1); // `metlog tail | head`: the reader has what it wanted
});
// With nobody to tell, there is nothing to do about it; without a listener the process would end without draining.
stderr.on('error', () => undefined);

/** How long what is left after a server has closed everything may take to end by itself. */
const LEFTOVERS_MS = 200;

const abandoned = new AbortController();
const context: CliContext = {
  env,
  stdin,
  stdout,
  stderr,
  watchSignals,
  unwatchSignals,
  onHangup: (listener) => void process.on('SIGHUP', listener),
  abandon: () => abandoned.abort(),
};
process.exitCode = await runCommandLine(args, context);
if (abandoned.signal.aborted) {
  // Where pipes are asynchronous, the last words are still on their way.
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
  endAtOnce('SIGTERM');
} else if (isServer) {
  // All is closed: a timer or a socket that a user's own sink has left does not keep the process. It runs only if there is one.
  setTimeout(() => process.exit(), LEFTOVERS_MS).unref();
}
