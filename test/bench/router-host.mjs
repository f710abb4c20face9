import { task } from './lib/processes.mjs';

// A router without a page, that merges nothing while it is measured: what it costs to bring messages to their first file, and to the
// sinks that `config` names.

const { dataDir, dist, config = {} } = task();
const { createRouter } = await import(`${dist}/router.js`);
const router = await createRouter({ dataDir, udp: { port: 0 }, archive: { mergeEveryMs: 3_600_000 }, ...config });
process.send({ udpPort: router.address.port });
process.on('message', () => void router.stats().then((stats) => process.send(stats)));
process.on('disconnect', () => void router.close());
