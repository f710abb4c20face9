import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { measureDay, renderDay } from './day.mjs';
import { measureExceptions, renderExceptions } from './exceptions.mjs';
import { measureFrameworks, renderFrameworks } from './frameworks.mjs';
import { measureHadoop, renderHadoop } from './hadoop.mjs';
import { describeMachine, machineFacts } from './lib/machine.mjs';
import { here } from './lib/processes.mjs';
import { writeIntoReadme } from './lib/readme.mjs';
import { measureMemory, renderMemory } from './memory.mjs';
import { measureOutage, renderOutage } from './outage.mjs';
import { measurePage, renderPage } from './page.mjs';
import { measurePeers, renderPeers } from './peers.mjs';
import { measureRelay, renderRelay } from './relay.mjs';
import { measureReport, renderReport } from './report.mjs';
import { measureRouter, renderRouter } from './router.mjs';
import { measureRoutes, renderRoutes } from './routes.mjs';
import { measureSdk, renderSdk } from './sdk.mjs';

// npm run bench [-- [sdk] [router] [routes] [peers] [outage] [memory] [day] [hadoop] [page] [relay] [frameworks] [exceptions] [report] [--write] [--rounds N] [--seconds N] [--messages N] [--only TEXT] [--dist DIR]]
//
// Without names all parts are run. --write keeps the results in results.json and writes the tables of all that is kept there into the README;
// with --render nothing is run for it. --rounds is the number of runs of each variant (sdk 7, router 3, hadoop 3, page 5, relay 3, frameworks 5, exceptions 5, report 3); --messages the report's (10000000), --only those of its questions that have the text in their name; --seconds the length of a router's, a relay's or hadoop's run.

const PARTS = {
  sdk: { heading: 'One call of the SDK', measure: measureSdk, render: renderSdk },
  router: { heading: 'From socket to Parquet', measure: measureRouter, render: renderRouter },
  routes: { heading: 'Three routes, three sinks', measure: measureRoutes, render: renderRoutes },
  peers: { heading: 'Side by side with syslog-ng and statsd', measure: measurePeers, render: renderPeers },
  outage: { heading: 'A sink that is down', measure: measureOutage, render: renderOutage },
  memory: { heading: 'Memory', measure: measureMemory, render: renderMemory },
  day: { heading: 'A day in the archive', measure: measureDay, render: renderDay },
  hadoop: { heading: 'The archive in HDFS', measure: measureHadoop, render: renderHadoop },
  page: { heading: 'A page that is left', measure: measurePage, render: renderPage },
  relay: { heading: 'Messages over HTTP', measure: measureRelay, render: renderRelay },
  exceptions: { heading: 'An exception', measure: measureExceptions, render: renderExceptions },
  report: { heading: 'The report on ten million messages', measure: measureReport, render: renderReport },
  frameworks: { heading: 'An application that is watched', measure: measureFrameworks, render: renderFrameworks },
};
const RESULTS = here('results.json');
const README = here('../../README.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    messages: { type: 'string' },
    only: { type: 'string' },
    dist: { type: 'string', default: here('../../dist') },
  },
});
const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is no part of the benchmark; the parts are ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}

const options = {
  dist: values.dist,
  ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
  ...(values.seconds !== undefined && { seconds: Number(values.seconds) }),
  ...(values.messages !== undefined && { messages: Number(values.messages) }),
  ...(values.only !== undefined && { only: values.only }),
};
const wanted = values.render ? [] : positionals.length > 0 ? positionals : Object.keys(PARTS);
for (const name of wanted) {
  const measured = { machine: machineFacts(), result: await PARTS[name].measure(options) };
  process.stdout.write(`${section(name, measured)}\n\n`);
  if (values.write) await write({ [name]: measured });
}
if (values.render) await write({});

/** Keeps what was measured, and writes all that is kept into the README. */
async function write(measured) {
  const kept = { ...(await readResults()), ...measured };
  await writeFile(RESULTS, await formatted(RESULTS, JSON.stringify(kept)));
  const sections = Object.keys(PARTS).flatMap((name) => (kept[name] === undefined ? [] : [section(name, kept[name])]));
  await writeIntoReadme(README, sections.join('\n\n'), (text) => formatted(README, text));
}

function section(name, { machine, result }) {
  const { heading, render } = PARTS[name];
  return [`### ${heading}`, `${describeMachine(machine)}.`, render(result)].join('\n\n');
}

/** As the repository's formatter wants it, which checks these files too. */
async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

async function readResults() {
  try {
    return JSON.parse(await readFile(RESULTS, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
