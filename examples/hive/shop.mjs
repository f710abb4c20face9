// node shop.mjs EARLIER.ndjson: what a shop has to tell. Today's messages are sent to METLOG_DEST; those of two days before are written to a file, as a shop that was never connected has them.
// Prints as JSON how many of each type and day there are.
import { writeFile } from 'node:fs/promises';
import { createMetlog } from 'metlog';

const DAY_MS = 86_400_000;
const COUNTRIES = ['de', 'fr', 'it'];
const today = new Date().toISOString().slice(0, 10);
const metlog = createMetlog({ logger: 'shop' });

const order = (n) => ({ country: COUNTRIES[n % COUNTRIES.length], total: 10 + (n % 50) / 4 });

/** How often each thing happens today, and how it is told. */
const TODAY = {
  'order.placed': [600, (n) => metlog.send('order.placed', { metadata: order(n) })],
  'page.left': [450, (n) => metlog.send('page.left', { metadata: { seconds: n } })],
  log: [90, (n) => metlog.info(`basket ${n} was left behind`)],
  timer: [300, (n) => metlog.timing('auth', n)],
  exception: [12, (n) => metlog.exception(new Error(`shelf ${n} is empty`))],
};
/** Messages after which what waits is handed over, which is fewer than the SDK holds. */
const FLUSH_EVERY = 100;

const sent = [];
for (const [type, [count, tell]] of Object.entries(TODAY)) {
  for (let n = 1; n <= count; n++) {
    tell(n);
    if (n % FLUSH_EVERY === 0) await metlog.flush();
  }
  sent.push({ day: today, type, count });
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
  for (let n = 1; n <= count; n++)
    lines.push(JSON.stringify({ timestamp: `${day}T12:00:00.${String(n).padStart(3, '0')}Z`, type, logger: 'shop', metadata: order(n) })); // prettier-ignore
  sent.push({ day, type, count });
}
await writeFile(process.argv[2], `${lines.join('\n')}\n`);
process.stdout.write(JSON.stringify(sent));
