import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread } from './lib/numbers.mjs';
import { archiveState, freeUdpPort, rssMiB, runChild, settled, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const RATE_PER_SECOND = 100_000;
const DATAGRAM_BYTES = 16_384;
/** The journal's default size holds some 70 million of these messages; a smaller one shows the same, and that what expires is counted. */
const MESSAGES = 72_000_000;
/** Memory is flat if its last quarter is no more than this above its second. */
const FLAT_RATIO = 1.1;
const MAX_MIB = 286;

/** The router's memory, and its book, while one of two sinks is down the whole time. */
export async function measureOutage({ dist, messages = MESSAGES }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const live = await startHelper('drain.mjs');
  const config = {
    sinks: {
      up: { kind: 'statsd', host: '127.0.0.1', port: live.started.port },
      down: { kind: 'statsd', host: '127.0.0.1', port: await freeUdpPort() },
    },
    routes: [{ match: { type: ['counter', 'timer', 'gauge'] }, to: ['up', 'down'] }],
  };
  const host = await startHelper('router-host.mjs', { dataDir, dist, config });
  try {
    await sleep(1_000);
    const startMiB = await rssMiB(host.pid);
    const samples = [];
    const sampler = setInterval(() => void rssMiB(host.pid).then((mib) => samples.push(mib)), 1_000);
    const load = await runChild('load.mjs', {
      port: host.started.udpPort,
      ratePerSecond: RATE_PER_SECOND,
      datagramBytes: DATAGRAM_BYTES,
      messages,
    });
    await settled(() => archiveState(dataDir), 5_000);
    clearInterval(sampler);
    const { accepted, sinks, journal } = await host.ask('stats');
    return {
      sent: load.sent,
      ratePerSecond: load.sent / load.elapsedSeconds,
      accepted,
      startMiB,
      quarters: quarters(samples.slice(0, Math.ceil(load.elapsedSeconds))),
      journalBytes: journal.bytes,
      sinks,
    };
  } finally {
    await host.stop();
    await live.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function quarters(samples) {
  const size = Math.ceil(samples.length / 4);
  return [0, 1, 2, 3].map((quarter) => spread(samples.slice(quarter * size, (quarter + 1) * size)));
}

export function renderOutage({ sent, ratePerSecond, accepted, startMiB, quarters, journalBytes, sinks: { up, down } }) {
  const most = Math.max(...quarters.map(({ max }) => max));
  const growth = quarters[3].median / quarters[1].median;
  const isBalanced = [up, down].every(
    ({ routed, delivered, waiting, deadLettered, expired }) => routed === delivered + waiting + deadLettered + expired,
  );
  const whole = (count) => count.toLocaleString('en-US');
  const book = ({ routed, delivered, waiting, deadLettered, expired }) =>
    [routed, delivered, waiting, deadLettered, expired].map(whole);
  return [
    `Two statsd sinks, one of which nobody listens to, while ${whole(sent)} messages arrive at ${short(ratePerSecond)} a second, batched; ${sent === accepted ? 'none was lost on the way in' : `${whole(sent - accepted)} were lost on the way in`}. The journal holds ${short(journalBytes / 1024 ** 3)} GiB at the end. Resident memory of the router's process in MiB, read each second; medians (most) of each quarter.`,
    table(
      ['', 'at the start', '1st quarter', '2nd', '3rd', '4th'],
      [['MiB', short(startMiB), ...quarters.map(({ median, max }) => `${short(median)} (${short(max)})`)]],
    ),
    table(
      ['sink', 'routed', 'delivered', 'waiting', 'dead-lettered', 'expired'],
      [
        ['up', ...book(up)],
        ['down', ...book(down)],
      ],
    ),
    [
      verdict('always less than 300 MB (286 MiB)', most, MAX_MIB, ' MiB at most'),
      `- ${growth <= FLAT_RATIO ? 'Met' : '**Not met**'}: flat. The last quarter is at ${short(growth)} × the second.`,
      `- ${isBalanced ? 'Met' : '**Not met**'}: routed is delivered + waiting + dead-lettered + expired, to the message.`,
    ].join('\n'),
  ].join('\n\n');
}
