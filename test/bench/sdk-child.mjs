import { setImmediate as nextTurn } from 'node:timers/promises';
import { spread } from './lib/numbers.mjs';
import { report, task } from './lib/processes.mjs';
import { VARIANTS } from './sdk-variants.mjs';

// Measures one variant in a process that does nothing else: calls in bursts, a turn of the event loop after each.

const { id, port, dist, warmUpMs, measureMs } = task();
const { calls, open } = VARIANTS[id];
const { burst, finish } = await open({ port, dist });

async function run(forMs) {
  const endMs = performance.now() + forMs;
  let made = 0;
  const burstsMs = [];
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    burst(calls);
    burstsMs.push(performance.now() - startedMs);
    made += calls;
    await nextTurn();
  }
  return { made, burstMs: spread(burstsMs).median };
}

const warmUp = await run(warmUpMs);
const before = process.cpuUsage();
const measured = await run(measureMs);
const books = await finish?.();
const { user, system } = process.cpuUsage(before);
await report({
  made: warmUp.made + measured.made,
  callNs: (measured.burstMs * 1e6) / calls,
  cpuNs: ((user + system) * 1e3) / measured.made,
  books,
});
