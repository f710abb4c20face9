// Programs that the example starts, none of which outlives it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 120_000;
const END_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** Of what a program has said that failed. */
const SHOWN_CHARACTERS = 4_000;

const running = new Set();
let isStopping = false;

/** Starts a program. In a group of its own: Ctrl-C is for this process, which then ends the others in order. */
export function start(name, command, args, { env, cwd, isHeard = false } = {}) {
  if (isStopping) throw new Error('stopped');
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', isHeard ? 'inherit' : 'pipe'],
  });
  const program = { name, child, output: '', said: '' };
  child.stdout.on('data', (part) => {
    program.output += part;
    program.said += part;
    if (isHeard) process.stdout.write(part);
  });
  child.stderr?.on('data', (part) => (program.said += part));
  program.ended = once(child, 'close').catch((error) => void (program.said += error.message)); // it could not be started
  running.add(program);
  void program.ended.then(() => running.delete(program));
  return program;
}

/** Runs a program to its end; what it printed. Rejects with the last of what it said, should it fail. */
export async function run(name, command, args, options) {
  const program = start(name, command, args, options);
  await program.ended;
  if (program.child.exitCode !== 0) throw failure(program);
  return program.output;
}

/** Waits until `look` has an answer, and returns it. Rejects when `program` has ended, or after two minutes. */
export async function until(program, look) {
  const giveUpMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const found = await Promise.resolve(look(program)).catch(() => undefined);
    if (found) return found;
    if (!running.has(program)) throw failure(program);
    if (performance.now() > giveUpMs) throw new Error(`${program.name} is not where it should be after two minutes`);
    await delay(LOOK_EVERY_MS);
  }
}

const failure = ({ name, child, said }) =>
  new Error(`${name} has ended (${child.signalCode ?? child.exitCode}):\n${said.slice(-SHOWN_CHARACTERS)}`);

/** Ends all that runs, the last first. */
export async function stopAll() {
  isStopping = true;
  for (const { child, ended } of [...running].reverse()) {
    const signal = (name) => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, name);
    signal('SIGTERM');
    const late = setTimeout(() => signal('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }
}

export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
