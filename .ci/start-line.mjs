// Runs `npm start` as a stranger would, waits until the page has something to show, and ends it. Fails when that takes longer than a minute.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const GIVE_UP_MS = 60_000;

const started = Date.now();
const child = spawn('npm', ['start'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
let output = '';
child.stdout.on('data', (part) => {
  output += part;
  process.stdout.write(part);
});

async function messageCount() {
  const address = /See it:\s+(http:\S+)/.exec(output)?.[1];
  if (!address) return 0;
  const answer = await fetch(`${address}/api/summary`).catch(() => null);
  return answer?.ok ? (await answer.json()).summary.messageCount : 0;
}

let count = 0;
while (count === 0 && Date.now() - started < GIVE_UP_MS && child.exitCode === null) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  count = await messageCount();
}
console.log(`npm start: ${count} messages to see after ${((Date.now() - started) / 1000).toFixed(1)} s`);
if (child.exitCode === null) {
  process.kill(-child.pid, 'SIGTERM');
  await once(child, 'exit');
}
process.exit(count > 0 ? 0 : 1);
