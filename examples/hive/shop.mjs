// node shop.mjs EARLIER.ndjson: what a shop has to tell. Today's messages are sent to METLOG_DEST; those of two days before are written to a file, as a shop that was never connected has them.
// Prints as JSON how many of each type and day there are, and how many of these have each key in their metadata, and each country.
import { writeFile } from 'node:fs/promises';
import { createMetlog } from 'metlog';

const DAY_MS = 86_400_000;
const COUNTRIES = ['de', 'fr', 'it'];
const today = new Date().toISOString().slice(0, 10);
const metlog = createMetlog({ logger: 'shop' });

const order = (n) => ({ country: COUNTRIES[n % COUNTRIES.length], total: 10 + (n % 50) / 4 });

/** How often each thing happens today, its metadata, and how it is told. */
const TODAY = {
  'order.placed': [600, order, (metadata) => metlog.send('order.placed', { metadata })],
  'page.left': [450, (n) => ({ seconds: n }), (metadata) => metlog.send('page.left', { metadata })],
  log: [90, () => ({}), (_, n) => metlog.info(`basket ${n} was left behind`)],
  timer: [300, () => ({}), (_, n) => metlog.timing('auth', n)],
  exception: [12, () => ({}), (_, n) => metlog.exception(new Error(`shelf ${n} is empty`))],
};
/** Messages after which what waits is handed over, which is fewer than the SDK holds. */
const FLUSH_EVERY = 100;

const sent = [];
const note = (day, type, all) =>
  sent.push({ day, type, count: all.length, keys: countBy(all.flatMap(Object.keys)), countries: countBy(all.flatMap(({ country = [] }) => country)) }); // prettier-ignore

for (const [type, [count, metadataOf, tell]] of Object.entries(TODAY)) {
  const all = [];
  for (let n = 1; n <= count; n++) {
    all.push(metadataOf(n));
    tell(all.at(-1), n);
    if (n % FLUSH_EVERY === 0) await metlog.flush();
  }
  note(today, type, all);
}
await metlog.close();
const { accepted, sent: delivered } = metlog.stats;
if (accepted !== delivered) throw new Error(`${accepted - delivered} messages did not arrive`);

const lines = [];
for (const [days, type, count] of [
  [1, 'order.placed', 240],
  [1, 'page.left', 120],
  [2, 'order.placed', 60],
]) {
  const day = new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
  const all = Array.from({ length: count }, (_, index) => order(index + 1));
  for (const [index, metadata] of all.entries())
    lines.push(JSON.stringify({ timestamp: `${day}T12:00:00.${String(index).padStart(3, '0')}Z`, type, logger: 'shop', metadata })); // prettier-ignore
  note(day, type, all);
}
await writeFile(process.argv[2], `${lines.join('\n')}\n`);
process.stdout.write(JSON.stringify(sent));

function countBy(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
