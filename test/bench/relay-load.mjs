// Posts messages as pages do, each body a new one, and reports what was answered.
import autocannon from 'autocannon';
import { report, task } from './lib/processes.mjs';

const { url, seconds, connections, messages, perSecond } = task();
const now = new Date().toISOString();
const line = JSON.stringify({
  type: 'counter',
  timestamp: now,
  severity: 6,
  payload: '1',
  metadata: { name: 'cart.opened', rate: 1 },
});
const lines = `${line}\n`.repeat(messages);
let seq = 0;

/** The same body twice would be told from a new one at once, and cost less. */
function nextBody() {
  const header = { metlog: 1, logger: 'bench', hostname: '', pid: 0, sender: `bench-${process.pid}`, seq, sent: now };
  seq += messages;
  return `${JSON.stringify(header)}\n${lines}`;
}

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  ...(perSecond !== undefined && { overallRate: perSecond }),
  requests: [
    {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      setupRequest: (request) => ({ ...request, body: nextBody() }),
    },
  ],
});
await report({
  perSecond: result['2xx'] / result.duration,
  answered: result['2xx'],
  failed: result.errors + result.timeouts + result.non2xx,
  p99Ms: result.latency.p99,
});
