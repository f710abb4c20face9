// Starts everything: `metlog serve`, the shop, and its visitors; stops everything on Ctrl-C, or when one of them ends.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const cli = join(root, 'dist', 'cli.js');
const dataDir = process.env.METLOG_DATA_DIR || join(root, 'metlog-data');

const children = new Set();
let stopping = false;

function stop(exitCode) {
  if (stopping) return;
  stopping = true;
  process.exitCode = exitCode;
  for (const child of children) child.kill('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
// `npm start` runs this below a shell, which ends at a signal without passing it on.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop(0), 500).unref();

/** Starts a script in a process of its own and yields its lines. Its own group: Ctrl-C is for this process, which then stops the others in order. */
function run(name, script, args, env = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.add(child);
  child.on('exit', (code, signal) => {
    children.delete(child);
    if (!stopping) console.error(`${name} has ended (${signal ?? `exit code ${code}`}); stopping the rest`);
    stop(stopping ? 0 : 1);
  });
  return createInterface(child.stdout);
}

/** Resolves to the first line that fits, or to null if the process ends before. */
function firstLine(lines, pattern) {
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const found = pattern.exec(line);
      if (found) resolve(found[1] ?? line);
    });
    lines.on('close', () => resolve(null));
  });
}

async function isFree(socket, listen) {
  listen(socket);
  try {
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

async function freePort(kind, port) {
  const free =
    kind === 'UDP'
      ? await isFree(createSocket('udp4'), (socket) => socket.bind(port, '127.0.0.1'))
      : await isFree(createServer(), (server) => server.listen(port, '127.0.0.1'));
  if (free) return String(port);
  console.log(`${kind} port ${port} is taken, so a free one is used`);
  return '0';
}

const serve = run('metlog serve', cli, [
  'serve',
  ...['--data-dir', dataDir],
  ...['--udp-port', process.env.METLOG_UDP_PORT || (await freePort('UDP', 5565))],
  ...['--http-port', process.env.METLOG_HTTP_PORT || (await freePort('HTTP', 5566))],
]);
const [udp, http, ready] = await Promise.all([
  firstLine(serve, /^metlog: (udp:.*)/),
  firstLine(serve, /^metlog: (http:.*)/),
  firstLine(serve, /^metlog: ready/),
]);
if (ready !== null && !stopping) {
  const shop = await firstLine(run('the shop', join(here, 'shop.mjs'), [], { METLOG_DEST: udp }), /^shop: (.*)/);
  if (shop !== null && !stopping) {
    run('the visitors', join(here, 'visitors.mjs'), [shop]);
    const folder = relative(process.cwd(), dataDir);
    const elsewhere = folder === 'metlog-data' ? '' : ` --data-dir ${folder.startsWith('..') ? dataDir : folder}`;
    console.log(`
  A small shop is open at ${shop}, has visitors, and tells Metlog what happens.

    See it:   ${http}
    Ask it:   npx metlog query "select type, count(*) from messages group by 1"${elsewhere}
    Stop it:  Ctrl-C
`);
  }
}
