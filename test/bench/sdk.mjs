import { short, spread, withNoise } from './lib/numbers.mjs';
import { runChild, settled, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';
import { VARIANTS } from './sdk-variants.mjs';

const WARM_UP_MS = 400;
const MEASURE_MS = 1_500;
/** A run in which the SDK's own book says that more than this did not leave has measured dropping. */
const MAX_DROPPED_RATIO = 0.001;

/** The cost of one call, each variant in a process of its own, all of them in turns. */
export async function measureSdk({ dist, rounds = 7, only }) {
  const ids = Object.keys(VARIANTS).filter((id) => only === undefined || only.includes(id));
  const runs = Object.fromEntries(ids.map((id) => [id, []]));
  const drain = await startHelper('drain.mjs');
  for (let round = 0; round < rounds; round++) {
    for (const id of ids) {
      const run = await runChild('sdk-child.mjs', {
        id,
        dist,
        port: drain.started.port,
        warmUpMs: WARM_UP_MS,
        measureMs: MEASURE_MS,
      });
      const arrived = await settledCount(drain);
      runs[id].push({ ...run, ...arrived });
      process.stderr.write(
        `sdk ${round + 1}/${rounds} ${id}: ${short(run.callNs)} ns in the call, ${short(run.cpuNs)} ns of CPU\n`,
      );
    }
  }
  await drain.stop();
  return { rounds, variants: Object.fromEntries(ids.map((id) => [id, summary(runs[id])])) };
}

async function settledCount(drain) {
  const total = { datagrams: 0, messages: 0 };
  return settled(async () => {
    const more = await drain.ask('count');
    total.datagrams += more.datagrams;
    total.messages += more.messages;
    return { ...total };
  }, 150);
}

function summary(runs) {
  const isValid = ({ made, books }) => (books?.dropped ?? 0) <= made * MAX_DROPPED_RATIO;
  const valid = runs.filter(isValid);
  const sum = (read) => runs.reduce((total, run) => total + (read(run) ?? 0), 0);
  return {
    callNs: spread(valid.map((run) => run.callNs)),
    cpuNs: spread(valid.map((run) => run.cpuNs)),
    cpuNsByRound: runs.map((run) => (isValid(run) ? run.cpuNs : null)),
    made: sum((run) => run.made),
    sent: runs[0].books?.sent === undefined ? undefined : sum((run) => run.books.sent),
    dropped: runs[0].books?.dropped === undefined ? undefined : sum((run) => run.books.dropped),
    arrived: sum((run) => run.messages),
    datagrams: sum((run) => run.datagrams),
    invalidRuns: runs.length - valid.length,
  };
}

export function renderSdk({ rounds, variants }) {
  const rows = Object.entries(variants).map(([id, measured]) => {
    const { label, peer } = VARIANTS[id];
    return [
      label,
      withNoise(measured.callNs),
      withNoise(measured.cpuNs),
      variants[peer] === undefined ? '' : `${withNoise(ratio(measured, variants[peer]))} × ${VARIANTS[peer].label}`,
      measured.dropped === undefined
        ? ''
        : `${measured.made.toLocaleString('en-US')} / ${measured.dropped.toLocaleString('en-US')}`,
      share(id, measured),
    ];
  });
  const head = ['one call', 'in the call, ns', 'CPU in all, ns', 'CPU, held against', 'made / dropped', 'arrived'];
  return [
    `Medians (least–most) of ${rounds} runs, each in a process of its own, all variants in turns. "In the call" is the time until the call returns, in the median burst of calls; "CPU in all" is what the whole process used, user and system, for calls, sending and garbage collection, per call. Datagrams go over a real socket to a listener on loopback; what its kernel buffer cannot hold does not arrive, which costs the sender nothing.`,
    table(head, rows),
    verdicts(variants).join('\n'),
  ].join('\n\n');
}

function share(id, { made, arrived, datagrams }) {
  if (datagrams === 0) return '';
  return /aggregated/i.test(id) ? `${arrived.toLocaleString('en-US')} sums` : `${short((100 * arrived) / made)} %`;
}

function verdicts(variants) {
  const { incr, incr1432, hotShots, disabled, aggregated, loop } = variants;
  const lines = [];
  if (incr && hotShots)
    lines.push(verdict('`incr` at most 0.7 × hot-shots `increment`, in CPU', ratio(incr, hotShots).median, 0.7, ' ×'));
  if (incr1432 && hotShots)
    lines.push(
      `- With datagrams of 1432 bytes, as to another machine, \`incr\` takes ${short(ratio(incr1432, hotShots).median)} × as much as hot-shots: a line of Metlog says type, time and severity too, so a datagram holds a fifth as many, and the datagram is what costs.`,
    );
  if (disabled) {
    const ofLoop = loop ? `, of which the loop is ${short(loop.callNs.median)}` : '';
    lines.push(verdict(`a timer that is switched off at most 20 ns${ofLoop}`, disabled.callNs.median, 20, ' ns'));
  }
  if (aggregated) lines.push(verdict('an aggregated `incr` at most 60 ns of CPU', aggregated.cpuNs.median, 60, ' ns'));
  for (const [id, { invalidRuns }] of Object.entries(variants))
    if (invalidRuns > 0)
      lines.push(`- ${VARIANTS[id].label}: ${invalidRuns} runs dropped more than 0.1 % and are left out.`);
  return lines;
}

/** CPU against a peer's of the same round: what slows the machine for a while slows both. */
function ratio(ours, peers) {
  return spread(
    ours.cpuNsByRound.flatMap((ns, round) =>
      ns === null || peers.cpuNsByRound[round] === null ? [] : [ns / peers.cpuNsByRound[round]],
    ),
  );
}
