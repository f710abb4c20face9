import { report, task } from './lib/processes.mjs';

// Calls the SDK at a rate; the value of each timer is when it was called, in milliseconds of the day.

const DAY_MS = 86_400_000;
const { dist, port, ratePerSecond, seconds } = task();
const { createMetlog } = await import(`${dist}/node.js`);
const metlog = createMetlog({ logger: 'shop', dest: `udp://127.0.0.1:${port}` });
let sent = 0;
const startedMs = performance.now();
await new Promise((resolve) => {
  function slot() {
    const elapsedMs = performance.now() - startedMs;
    for (const due = (elapsedMs * ratePerSecond) / 1_000; sent < due; sent++)
      metlog.timing('called', Date.now() % DAY_MS);
    if (elapsedMs < seconds * 1_000) setTimeout(slot, 1);
    else resolve();
  }
  slot();
});
const elapsedSeconds = (performance.now() - startedMs) / 1_000;
await metlog.close();
await report({ sent, elapsedSeconds });
