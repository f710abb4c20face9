// Runs the built router until it is killed: node router-process.mjs <data folder>
// Says on stdout, one JSON object a line: {"port":…} once it listens, or {"code":…,"message":…} if it cannot; closes on SIGTERM.
import { createRouter } from '../../../dist/router.js';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
try {
  const router = await createRouter(
    { dataDir: process.argv[2], udp: { port: 0 }, archive: { mergeEveryMs: 200 }, journal: { segmentMs: 100 } },
    { warn: (text) => process.stderr.write(`${text}\n`) },
  );
  process.once('SIGTERM', () => void router.close());
  say({ port: router.address.port });
} catch (error) {
  say({ code: error.code, message: error.message });
  process.exitCode = 1;
}
