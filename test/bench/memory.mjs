import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread } from './lib/numbers.mjs';
import { archiveState, query, rssMiB, runChild, settled, startServe } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const RATE_PER_SECOND = 100_000;
const DATAGRAM_BYTES = 16_384;
/** Memory is flat if its last quarter is no more than this above its second. */
const FLAT_RATIO = 1.1;

/** The memory of `metlog serve` while ten million messages go through it. */
export async function measureMemory({ dist, messages = 10_000_000 }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const serve = await startServe(dataDir, dist);
  try {
    await sleep(1_000);
    const startMiB = await rssMiB(serve.pid);
    const samples = [];
    const sampler = setInterval(() => void rssMiB(serve.pid).then((mib) => samples.push(mib)), 1_000);
    const task = {
      port: serve.udpPort,
      ratePerSecond: RATE_PER_SECOND,
      datagramBytes: DATAGRAM_BYTES,
      messages,
    };
    const load = await runChild('load.mjs', task);
    await settled(() => archiveState(dataDir), 12_000);
    clearInterval(sampler);
    const underLoad = samples.slice(0, Math.ceil(load.elapsedSeconds));
    await serve.stop();
    const [{ rows }] = await query(dataDir, dist, 'select count(*)::double as rows from messages');
    return {
      ratePerSecond: load.sent / load.elapsedSeconds,
      sent: load.sent,
      lost: load.sent - rows,
      startMiB,
      lastMiB: samples.at(-1),
      quarters: quarters(underLoad),
      samples,
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function quarters(samples) {
  const size = Math.ceil(samples.length / 4);
  return [0, 1, 2, 3].map((quarter) => spread(samples.slice(quarter * size, (quarter + 1) * size)));
}

export function renderMemory({ ratePerSecond, sent, lost, startMiB, lastMiB, quarters }) {
  const most = Math.max(...quarters.map(({ max }) => max));
  const cells = quarters.map(({ median, max }) => `${short(median)} (${short(max)})`);
  const growth = quarters[3].median / quarters[1].median;
  return [
    `Resident memory of \`metlog serve\`, in MiB, read each second while ${sent.toLocaleString('en-US')} messages arrived at ${short(ratePerSecond)} a second, batched; medians (most) of each quarter. ${lost === 0 ? 'None was lost.' : `${lost.toLocaleString('en-US')} were lost.`}`,
    table(
      ['', 'at the start', '1st quarter', '2nd', '3rd', '4th', 'at rest afterwards'],
      [['MiB', short(startMiB), ...cells, short(lastMiB)]],
    ),
    [
      verdict('always less than 300 MB (286 MiB)', most, 286, ' MiB at most'),
      `- ${growth <= FLAT_RATIO ? 'Met' : '**Not met**'}: flat. The last quarter is at ${short(growth)} × the second.`,
    ].join('\n'),
  ].join('\n\n');
}
