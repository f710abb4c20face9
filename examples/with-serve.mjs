// node with-serve.mjs COMMAND ARG…: runs a program beside a `metlog serve` on free ports, which it finds by METLOG_DEST (UDP) and METLOG_HTTP.
// Both end with Ctrl-C, or when one of them does. What was said is kept in the folder's metlog-data.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const dataDir = process.env.METLOG_DATA_DIR || 'metlog-data';
const running = new Set();

function start(command, args, options) {
  // A group of its own: Ctrl-C is for this process, which then ends the others in order.
  const child = spawn(command, args, { detached: true, ...options });
  running.add(child);
  child.on('error', (error) => console.error(`${command} cannot be started: ${error.message}`));
  child.on('close', (code) => {
    running.delete(child);
    stop(code ?? 0);
  });
  return child;
}

function stop(exitCode) {
  process.exitCode ||= exitCode;
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));

const serve = start(process.execPath, [cli, 'serve', '--data-dir', dataDir, '--udp-port', '0', '--http-port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const found = {};
for await (const line of createInterface(serve.stdout)) {
  console.log(line);
  const [, scheme, rest] = /^metlog: (udp|http)(:.*)/.exec(line) ?? [];
  if (scheme !== undefined) found[scheme] = scheme + rest;
  if (line === 'metlog: ready') break;
}
const [command, ...args] = process.argv.slice(2);
if (running.has(serve)) {
  start(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, METLOG_DEST: found.udp, METLOG_HTTP: found.http },
  });
}
