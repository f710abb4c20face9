// From nothing to an answer of Hive: starts HDFS and `metlog serve`, has a shop send, and counts what no route took, in Hive and in a map-reduce job. Ends by itself, or with Ctrl-C.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHive, dfs, install, runStreaming, startHdfs, whatIsMissing } from './hadoop.mjs';
import { run, start, stopAll, until } from './programs.mjs';

const FOLDER = '/metlog';
const USER = 'metlog';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cli = here('../../dist/cli.js');

const startedMs = performance.now();
const say = (text) => console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s  ${text}`);

const QUERIES = [
  {
    title: 'Hive, by day and type:',
    columns: ['dt', 'type', 'count'],
    sql: 'SELECT dt, `type`, count(*) FROM messages GROUP BY dt, `type` ORDER BY dt, `type`',
  },
  {
    title: 'Hive, by day, type and a key of the metadata:',
    columns: ['dt', 'type', 'country', 'count'],
    sql: `SELECT dt, \`type\`, country, count(*) FROM messages LATERAL VIEW json_tuple(metadata, 'country') metadata_keys AS country
      WHERE country IS NOT NULL GROUP BY dt, \`type\`, country ORDER BY dt, \`type\`, country`,
  },
  {
    title: 'Hive, the same key, which is a column of the view of its type:',
    columns: ['country', 'orders', 'total'],
    sql: 'SELECT country, count(*), CAST(sum(total) AS decimal(12, 2)) FROM order_placed GROUP BY country ORDER BY country',
  },
];

async function main(dir) {
  const missing = await whatIsMissing();
  if (missing !== undefined) throw new Error(missing);
  say('Hadoop and Hive: fetched by Maven into test/system unless they are there (350 MB)');
  await install();
  const building = run('the build of the mapper', 'npm', ['run', '--silent', 'build'], { cwd: here('.') });
  building.catch(() => undefined); // it is waited for below
  say('HDFS: a NameNode and a DataNode');
  const hdfs = await startHdfs(`${dir}/hdfs`, FOLDER, USER);

  const env = {
    METLOG_CONFIG: here('metlog.config.mjs'),
    METLOG_DATA_DIR: `${dir}/data`,
    METLOG_EXAMPLE_ARCHIVE: `hdfs://${hdfs.http}${FOLDER}`,
  };
  const metlog = (...args) => run(`metlog ${args[0]}`, process.execPath, [cli, ...args], { env });
  say(`metlog serve, with archive.dir ${env.METLOG_EXAMPLE_ARCHIVE}`);
  const serve = start('metlog serve', process.execPath, [cli, 'serve', '--udp-port', '0', '--http-port', '0'], { env });
  const http = await until(serve, ({ output }) => /^metlog: (http:\S+)\n(?=[^]*^metlog: ready)/m.exec(output)?.[1]);

  say('a shop sends');
  const earlier = `${dir}/earlier.ndjson`;
  const told = await run('the shop', process.execPath, [here('shop.mjs'), earlier], { env: { METLOG_DEST: `${http}/v1/messages` } }); // prettier-ignore
  const sent = JSON.parse(told).sort((a, b) => (a.day + a.type < b.day + b.type ? -1 : 1));
  say(`metlog import: ${(await metlog('import', earlier)).replace(`${earlier}: `, '').trim()} before`);

  const routed = { timer: 'metrics.ndjson', exception: 'errors.ndjson' };
  const wanted = sent.reduce((sum, { type, count }) => sum + (type in routed ? 0 : count), 0);
  say(`waiting until the ${wanted} messages that no route takes are in HDFS`);
  await until(serve, async () => {
    const { archive } = await (await fetch(`${http}/api/ledger`)).json();
    return archive.copy.copiedMessages >= wanted && archive.copy.waitingFiles === 0;
  });
  const where = await Promise.all(
    sent.map(async ({ day, type, count, keys }) => {
      const file = routed[type];
      if (file === undefined) return [day, type, count, textOf(keys), 'HDFS'];
      const lines = (await readFile(`${dir}/data/${file}`, 'utf8')).trim().split('\n');
      return [day, type, count, textOf(keys), `${file} (a route's): ${lines.length}`];
    }),
  );
  const files = await dfs(hdfs, '-ls', '-C', `${hdfs.fileSystem}${FOLDER}/dt=*/*.parquet`);
  say(`there they are, in ${files.trim().split('\n').length} files`);

  say('metlog ddl --engine hive, whose statements make them tables; and Hive is asked');
  // Where WebHDFS has its usual port, archive.dir says enough. Hive speaks with another one.
  const statements = await metlog('ddl', '--engine', 'hive', '--location', `${hdfs.fileSystem}${FOLDER}`);
  const answers = await askHive(hdfs, `${dir}/hive`, statements, QUERIES.map(({ sql }) => sql)); // prettier-ignore

  say('Hadoop Streaming: mapper.mjs reads the files, reducer.mjs adds up');
  await building;
  await writeFile(`${dir}/files`, files);
  await dfs(hdfs, '-put', `${dir}/files`, '/files');
  await runStreaming(hdfs, {
    files: [here('build/mapper.mjs'), here('build/reducer.mjs')],
    mapper: 'node mapper.mjs',
    reducer: 'node reducer.mjs',
    input: '/files',
    output: '/counts',
  });
  const counts = countsIn(await dfs(hdfs, '-cat', '/counts/part-*'));
  say('done');

  table('Sent:', ['day', 'type', 'count', 'with these keys', 'where it is'], where);
  QUERIES.forEach(({ title, columns }, index) => table(title, columns, answers[index]));
  table('Map-reduce, by day, type and key of the metadata:', ['dt', 'type', 'count', 'with these keys'], counts);
  compare(
    sent.filter(({ type }) => !(type in routed)),
    { types: answers[0], countries: answers[1], counts },
  );
  console.log('\nHive and the map-reduce job count what was sent and no route took.');
}

/** Throws unless what was counted is what was sent. */
function compare(sent, { types, countries, counts }) {
  const rowsOf = (cells) => String(sent.flatMap((of) => cells(of).map((more) => [of.day, of.type, ...more])));
  const byCountry = ({ countries }) => Object.entries(countries).sort();
  if (String(types) !== rowsOf(({ count }) => [[count]])) throw new Error('Hive does not count what was sent');
  if (String(countries) !== rowsOf(byCountry)) throw new Error('Hive does not count the countries that were sent');
  if (String(counts) !== rowsOf(({ count, keys }) => [[count, textOf(keys)]]))
    throw new Error('the map-reduce job does not count what was sent');
}

/** How many messages have each key of their metadata, as a cell of a table. */
const textOf = (keys) => Object.keys(keys).sort().map((key) => `${key} ${keys[key]}`).join(', ') || '-'; // prettier-ignore

/** A row for each day and type, of the job's lines: `["2026-11-27","order.placed"]` and how many, `["2026-11-27","order.placed","country"]` and how many of them have this key. */
function countsIn(output) {
  const found = new Map();
  for (const line of output.trim().split('\n')) {
    const [text, count] = line.split('\t');
    const [dt, type, key] = JSON.parse(text);
    const row = found.get(`${dt} ${type}`) ?? { dt, type, keys: {} };
    found.set(`${dt} ${type}`, row);
    if (key === undefined) row.count = count;
    else row.keys[key] = count;
  }
  const rows = [...found.keys()].sort().map((name) => found.get(name));
  return rows.map(({ dt, type, count, keys }) => [dt, type, count, textOf(keys)]);
}

function table(title, columns, rows) {
  const all = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index].length)));
  console.log(`\n${title}\n`);
  for (const row of all) console.log(`  ${row.map((cell, index) => cell.padEnd(widths[index])).join('  ').trimEnd()}`); // prettier-ignore
}

say('from nothing to an answer of Hive; Ctrl-C stops everything');
const dir = await mkdtemp(join(tmpdir(), 'metlog-hive-'));
let ending;
const end = (exitCode) => {
  process.exitCode ??= exitCode;
  ending ??= stopAll().then(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  return ending;
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(130));
// `npm start` runs this below a shell, which ends at a signal without passing it on.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void end(130), 500).unref();
try {
  await main(dir);
} catch (error) {
  if (ending === undefined) console.error(`examples/hive: ${error.message}`);
  process.exitCode ??= 1;
}
await end(0);
