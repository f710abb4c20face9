import { short, spread, withNoise } from './lib/numbers.mjs';
import { runChild, settled, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { VARIANTS } from './sdk-variants.mjs';

const WARM_UP_MS = 400;
const MEASURE_MS = 800;
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
  const valid = runs.filter(({ made, books }) => (books?.dropped ?? 0) <= made * MAX_DROPPED_RATIO);
  const sum = (read) => runs.reduce((total, run) => total + (read(run) ?? 0), 0);
  return {
    callNs: spread(valid.map((run) => run.callNs)),
    cpuNs: spread(valid.map((run) => run.cpuNs)),
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
      variants[peer] === undefined
        ? ''
        : `${short(measured.cpuNs.median / variants[peer].cpuNs.median)} × ${VARIANTS[peer].label}`,
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
    lines.push(
      verdict(
        '`incr` at most 0.7 × hot-shots `increment`, in CPU',
        incr.cpuNs.median / hotShots.cpuNs.median,
        0.7,
        ' ×',
      ),
    );
  if (incr1432 && hotShots)
    lines.push(
      verdict('the same with datagrams of 1432 bytes', incr1432.cpuNs.median / hotShots.cpuNs.median, 0.7, ' ×'),
    );
  if (disabled)
    lines.push(
      verdict(
        `a timer that is switched off at most 20 ns${loop ? `, of which the loop is ${short(loop.callNs.median)}` : ''}`,
        disabled.callNs.median,
        20,
        ' ns',
      ),
    );
  if (aggregated) lines.push(verdict('an aggregated `incr` at most 60 ns of CPU', aggregated.cpuNs.median, 60, ' ns'));
  const invalid = Object.entries(variants).filter(([, { invalidRuns }]) => invalidRuns > 0);
  for (const [id, { invalidRuns }] of invalid)
    lines.push(`- ${VARIANTS[id].label}: ${invalidRuns} runs dropped more than 0.1 % and are left out.`);
  return lines;
}

/** One target, and whether it is met, in words. */
export function verdict(target, got, most, unit) {
  return `- ${got <= most ? 'Met' : '**Not met**'}: ${target}. Measured: ${short(got)}${unit}.`;
}
