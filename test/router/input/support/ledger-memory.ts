import { createSenderLedger } from '../../../../src/router/input/sender-ledger.ts';

// Run by itself, with --expose-gc: fills a ledger and says on stdout what that takes.

const [pages = 0, live = 0] = process.argv.slice(2).map(Number);
const MINUTE_MS = 60_000;
const MESSAGES_A_PAGE = 3;
const GAPS = 64;

function usedBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A name as the SDK draws it. */
function randomName(): string {
  let name = '';
  for (let i = 0; i < 16; i++) name += ALPHABET.charAt(Math.floor(Math.random() * 64));
  return name;
}

const before = usedBytes();
const ledger = createSenderLedger({ nowMs: 0, knowsAll: true });
const startedMs = performance.now();
const names = Array.from({ length: live }, randomName);
for (let i = 0; i < pages; i++) {
  const nowMs = (i / pages) * 23 * 60 * MINUTE_MS;
  const logger = `shop.${i % 50}`;
  const page = randomName();
  for (let n = 0; n < MESSAGES_A_PAGE; n++) ledger.take(page, n, 1, nowMs + n * 1_000, logger);
  if (i % 1_000 === 0) ledger.sweep(nowMs);
}
const takeMs = performance.now() - startedMs;
const lastMs = 23 * 60 * MINUTE_MS;
for (const name of names) {
  for (let n = 0; n < GAPS + 10; n++) ledger.take(name, n * 7 + 1, 3, lastMs, 'shop.live');
}
ledger.sweep(lastMs);
const askedMs = performance.now();
const { senders, total } = ledger.summary();
const summaryMs = performance.now() - askedMs;
const after = usedBytes();
console.log(
  JSON.stringify({
    bytes: after - before,
    remembered: senders.open + senders.closed + senders.silent,
    evicted: senders.evicted,
    missing: total.missing,
    takeUs: (takeMs * 1_000) / (pages * MESSAGES_A_PAGE),
    summaryMs,
  }),
);
