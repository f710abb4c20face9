import { short, spread, withNoise } from './lib/numbers.mjs';
import { runChild, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const WAYS = {
  bare: 'nothing',
  metlog: 'metlog, `uncaught({ locals: false })`',
  'metlog locals': 'metlog, `uncaught()`',
  sentry: 'Sentry',
  'sentry locals': 'Sentry, `includeLocalVariables`',
};
/** What is measured of exceptions that are caught and reported, and of work in which nothing is thrown. */
const THROWN = ['callMs', 'cpuMs', 'withVars'];
const IDLE = ['callNs', 'awaitNs', 'requestUs'];

/** What exceptions cost, and what it costs to be ready for them, each way in processes of its own, all of them in turns. */
export async function measureExceptions({ dist, rounds = 5 }) {
  const runs = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
  const udp = await startHelper('drain.mjs');
  const http = await startHelper('sentry-drain.mjs');
  const ports = { udpPort: udp.started.port, httpPort: http.started.port };
  for (let round = 0; round < rounds; round++) {
    for (const way of Object.keys(WAYS)) {
      const thrown =
        way === 'bare' ? {} : await runChild('exceptions-child.mjs', { way, what: 'throw', dist, ...ports });
      const idle = await runChild('exceptions-child.mjs', { way, what: 'work', dist, ...ports });
      runs[way].push({ ...thrown, ...idle });
      process.stderr.write(
        `exceptions ${round + 1}/${rounds} ${way}: ${JSON.stringify({ ...thrown, ...idle }, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value))}\n`,
      );
    }
  }
  await udp.stop();
  await http.stop();
  const measured = (way, key) => spread(runs[way].map((run) => run[key]));
  return {
    rounds,
    ways: Object.fromEntries(
      Object.keys(WAYS).map((way) => [
        way,
        Object.fromEntries([...(way === 'bare' ? [] : THROWN), ...IDLE].map((key) => [key, measured(way, key)])),
      ]),
    ),
    // Of the same round: what slows the machine for a while slows both.
    ratios: Object.fromEntries(
      ['callMs', 'cpuMs'].map((key) => [
        key,
        spread(runs['metlog locals'].map((run, round) => run[key] / runs['sentry locals'][round][key])),
      ]),
    ),
    added: Object.fromEntries(
      Object.keys(WAYS).map((way) => [
        way,
        Object.fromEntries(
          IDLE.map((key) => [key, spread(runs[way].map((run, round) => run[key] - runs.bare[round][key]))]),
        ),
      ]),
    ),
  };
}

export function renderExceptions({ rounds, ways, ratios, added }) {
  const thrown = Object.keys(WAYS)
    .filter((way) => way !== 'bare')
    .map((way) => {
      const { callMs, cpuMs, withVars } = ways[way];
      return [WAYS[way], withNoise(callMs), withNoise(cpuMs), `${Math.round(withVars.median * 100)} %`];
    });
  const idle = Object.keys(WAYS).map((way) => [WAYS[way], ...IDLE.map((key) => withNoise(ways[way][key]))]);
  return [
    `Medians (least–most) of ${rounds} rounds, each way in processes of its own, all in turns. An exception is thrown five calls deep, caught and reported, 33 a second; "until the call returns" is from before the throw to after the report, "CPU" is the whole process's, other threads included.`,
    table(['caught and reported', 'until the call returns, ms', 'CPU in all, ms', 'with variables'], thrown),
    [
      verdict('with variables at most what Sentry takes, until the call returns', ratios.callMs.median, 1, ' ×'),
      verdict('with variables at most what Sentry takes, in CPU', ratios.cpuMs.median, 1, ' ×'),
    ].join('\n'),
    table(
      ['nothing is thrown', 'a call with JSON, ns', 'an `await`, ns', 'a request with six awaits, µs of CPU'],
      idle,
    ),
    [
      verdict(
        '`uncaught({ locals: false })` adds nothing to a request',
        added.metlog.requestUs.median,
        noiseOf(ways.bare.requestUs),
        ' µs',
      ),
      `- With variables V8 keeps book of promises for its debugger: ${short(added['metlog locals'].awaitNs.median)} ns more for each \`await\` (Sentry: ${short(added['sentry locals'].awaitNs.median)}), ${short(added['metlog locals'].requestUs.median)} µs more for a request (Sentry: ${short(added['sentry locals'].requestUs.median)}). \`locals: false\` or \`METLOG_LOCALS=0\` does without.`,
    ].join('\n'),
  ].join('\n\n');
}

/** What two runs of the same differ by. */
const noiseOf = ({ min, max }) => max - min;
