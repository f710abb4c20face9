// Asks for one user over and over.
import autocannon from 'autocannon';
import { report, task } from './lib/processes.mjs';

const { url, seconds, connections } = task();
const result = await autocannon({ url, connections, duration: seconds });
await report({
  perSecond: result['2xx'] / result.duration,
  answered: result['2xx'],
  failed: result.errors + result.timeouts + result.non2xx,
});
