import { fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdir, readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Linux counts a process's CPU time in ticks of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

export const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Runs a script of this folder in a process of its own and resolves to what it reports. */
export async function runChild(script, task, { execArgv = [] } = {}) {
  const child = fork(here(script), [JSON.stringify(task)], {
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let report;
  child.on('message', (message) => (report = message));
  const [code] = await once(child, 'exit');
  if (code !== 0 || report === undefined)
    throw new Error(`${script} ended with code ${code} and reported ${report ? 'something' : 'nothing'}`);
  return report;
}

/** In a child: what it was asked to do. */
export const task = () => JSON.parse(process.argv[2]);

/** In a child: reports and lets the process end. */
export async function report(result) {
  await new Promise((resolve) => process.send(result, resolve));
  process.disconnect();
}

/** Starts a script of this folder that answers messages; `ask` sends one and waits for the answer. */
export async function startHelper(script, taskOfHelper = {}) {
  const child = fork(here(script), [JSON.stringify(taskOfHelper)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [started] = await once(child, 'message');
  return {
    pid: child.pid,
    started,
    async ask(question) {
      child.send(question);
      const [answer] = await once(child, 'message');
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** CPU seconds that a process has used so far, in all its threads, user and system together. */
export async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU seconds of the children that have ended. */
export async function childrenCpuSeconds() {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** Memory of a process that is in RAM, in MiB. */
export async function rssMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Starts `metlog serve` on free ports, with these further arguments, and resolves once it is ready. */
export async function startServe(dataDir, dist, ...args) {
  const child = spawn(
    process.execPath,
    [`${dist}/cli.js`, 'serve', '--data-dir', dataDir, '--udp-port', '0', '--http-port', '0', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (/^metlog: ready$/m.test(said)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`metlog serve ended with code ${code}; it said: ${said}`)));
  });
  await ready;
  return {
    pid: child.pid,
    udpPort: Number(/udp:\/\/[^:]+:(\d+)/.exec(said)[1]),
    http: /http:\/\/\S+/.exec(said)[0],
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`metlog serve ended with code ${code}`);
    },
  };
}

/** The offset after the last message in the archive's files, by their names; and how many files there are. */
export async function archiveState(dataDir) {
  let names = [];
  try {
    names = await readdir(`${dataDir}/archive`, { recursive: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  let end = 0;
  let files = 0;
  for (const name of names) {
    const last = /(\d{16})-(\d{16})\.parquet$/.exec(name)?.[2];
    if (last === undefined || name.startsWith('_staging') || name.startsWith('_hours')) continue;
    end = Math.max(end, Number(last) + 1);
    files += 1;
  }
  return { end, files };
}

/** Waits until `read` has given the same for `quietMs`, and resolves to it. */
export async function settled(read, quietMs) {
  let last = await read();
  for (let sinceMs = performance.now(); performance.now() - sinceMs < quietMs;) {
    await sleep(100);
    const now = await read();
    if (JSON.stringify(now) === JSON.stringify(last)) continue;
    last = now;
    sinceMs = performance.now();
  }
  return last;
}

/** Asks the archive by `metlog query`, in a process of its own. */
export async function query(dataDir, dist, sql) {
  const child = spawn(process.execPath, [`${dist}/cli.js`, 'query', sql, '--data-dir', dataDir, '--format', 'ndjson'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`metlog query ended with code ${code}`);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A UDP port of this machine that nobody listens at. */
export async function freeUdpPort() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}
