import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { here, runChild } from './lib/processes.mjs';
import { buildStore } from './lib/store.mjs';

const CACHE = here('../../node_modules/.cache/metlog-bench');
/** What decides what is in the store, beside its parameters. */
const SOURCES = [
  'report-rows.mjs',
  'report-store-child.mjs',
  '../../src/store/hours.ts',
  '../../src/store/merge/merge.ts',
  '../../src/store/merge/merge-plan.ts',
  '../../src/store/schema.ts',
  '../../src/store/merge/sorted-parquet.ts',
  '../../src/store/words.ts',
];
const MINUTE_MS = 60_000;
/** All that is asked of it says its times, but what needs attention now; and a router deletes days that are a month old. */
const MAX_AGE_MS = 86_400_000;

/**
 * An archive of so many messages over so many days that ends now, in the cache; the one that is there if it is of the same parameters and not older
 * than `maxAgeMs`. Resolves to its data folder, which is not to be written to, and to what is known of it.
 */
export async function reportStore({ messages, days, maxAgeMs = MAX_AGE_MS }) {
  const texts = await Promise.all(SOURCES.map((name) => readFile(here(name))));
  const digest = texts
    .reduce((hash, text) => hash.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 12);
  const kind = `report-${messages}-${days}-`;
  const dir = join(CACHE, kind + digest);
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const kept = await madeBefore(dir);
  if (kept !== undefined && nowMs - kept.nowMs <= maxAgeMs) return { dir, ...kept };
  await removeOlder(kind);
  process.stderr.write(`report: making ${messages.toLocaleString('en-US')} messages in ${dir}\n`);
  const made = await runChild('report-store-child.mjs', { store: await buildStore(), dir, messages, days, nowMs });
  return { dir, ...made };
}

/** What another version made: a quarter of a gigabyte each. */
async function removeOlder(kind) {
  await mkdir(CACHE, { recursive: true });
  const names = (await readdir(CACHE)).filter((name) => name.startsWith(kind));
  await Promise.all(names.map((name) => rm(join(CACHE, name), { recursive: true, force: true })));
}

async function madeBefore(dir) {
  try {
    return JSON.parse(await readFile(join(dir, 'made.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
