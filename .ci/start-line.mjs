// Runs `npm start` as a stranger would, with a home and a data folder that are new, until the README's query finds what the shop sends; then ends it.
// Fails when that takes longer than ten seconds from the start of `npm start`, or does not happen at all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const WANTED_MS = 10_000;
const GIVE_UP_MS = 30_000;

const [, sql] = /^node dist\/cli\.js query "(.*)"$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
if (sql === undefined) throw new Error('the README shows no query to run in the clone');

const home = mkdtempSync(join(tmpdir(), 'metlog-start-'));
const env = { ...process.env, HOME: home, METLOG_DATA_DIR: join(home, 'data') };
const startedMs = performance.now();
const elapsedMs = () => performance.now() - startedMs;
const child = spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
const ended = once(child, 'close');
let output = '';
child.stdout.on('data', (part) => {
  output += part;
  process.stdout.write(part);
});

/** What the query answers by now: the count of messages by type. */
async function askedOnce() {
  const asking = spawn(process.execPath, ['dist/cli.js', 'query', sql, '--format', 'csv'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'], // before the archive is there it complains, and is asked again
  });
  const [answer] = await Promise.all([text(asking.stdout), once(asking, 'close')]);
  return new Map(
    answer
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')),
  );
}

const isComplete = (counts) =>
  counts.has('counter') && counts.has('timer') && (counts.has('exception') || counts.has('order.placed'));

let counts = new Map();
while (!isComplete(counts) && elapsedMs() < GIVE_UP_MS && child.exitCode === null) {
  await sleep(100);
  if (output.includes('See it:')) counts = await askedOnce();
}
const tookMs = elapsedMs();
const found = [...counts].map(([type, count]) => `${count} ${type}`).join(', ') || 'nothing';
console.log(`npm start: the query finds ${found} after ${(tookMs / 1000).toFixed(1)} s`);

if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
await ended; // all of it: whoever still writes holds the pipe
rmSync(home, { recursive: true, force: true });
process.exit(isComplete(counts) && tookMs <= WANTED_MS ? 0 : 1);
