import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listArchive } from '../../src/store/layout.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { A_NAME, HOURS_DAY, writeServiceHours } from '../store/service-hours.ts';
import { openSpark } from './servers/spark.ts';
import { wantParts } from './support/parts.ts';
import { bytesReadBySpark, readsLoggedIn } from './support/spark-reads.ts';

wantParts('engines', 'java');

/** It takes half a minute on a machine that does nothing else. */
const WITHIN_MS = 300_000;
const MESSAGES = 1_000_000;
/** Of the bytes of a day. */
const SMALL_SHARE = 0.05;
const MODERATE_SHARE = 0.15;

/** Of these, a query reads a small share: a name is one of three thousand, the type one message in a hundred. */
const SMALL = {
  'one name': `SELECT count(*), sum(value) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'counter' AND name = '${A_NAME}'`,
  'one name, by the view': `SELECT count(*), sum(estimated) FROM counters WHERE dt = '${HOURS_DAY}' AND name = '${A_NAME}'`,
  'all columns of one name': `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'timer' AND name = '${A_NAME}'`,
  'one type': `SELECT count(*), max(metadata) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'order.placed'`,
  'all columns of one type': `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'order.placed'`,
};
/** More than that, for reasons: three types have the name; exceptions are long, and share row groups with others; and one kind of them lies among all, as nothing is sorted by it. */
const MODERATE = {
  'one name of any type': `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND name = '${A_NAME}'`,
  'all exceptions': `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'exception'`,
  'one kind of exceptions': `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'exception' AND fingerprint = 'f-17-0'`,
};
/** Six messages in ten are counters: this one says that what is counted is read. */
const LARGE = `SELECT sum(hash(*)) FROM messages WHERE dt = '${HOURS_DAY}' AND type = 'counter'`;

it(
  'lets Spark read less than a twentieth of an hour of 300 services for one name, and for one small type',
  async () => {
    const [dataDir, log] = [await tempDir(), await tempDir()];
    const archive = join(dataDir, 'archive');
    await writeServiceHours(archive, { hours: 1, messagesAnHour: MESSAGES });
    const ddl = await runCli(['ddl', '--engine', 'spark', '--data-dir', dataDir]);
    const spark = await openSpark({ settings: readsLoggedIn(log) });
    await spark.run(ddl.stdout, [...Object.values(SMALL), ...Object.values(MODERATE), LARGE]);
    const read = await bytesReadBySpark(log);
    const whole = (await listArchive(archive)).reduce((sum, { bytes }) => sum + bytes, 0);
    const shareOf = (query: string): number => (read.get(query) ?? NaN) / whole;
    expect(shareOf(LARGE)).toBeGreaterThan(0.5);
    const shares = (queries: Readonly<Record<string, string>>): readonly Share[] =>
      Object.entries(queries).map(([what, query]) => ({ what, share: shareOf(query) }));
    console.log([...shares(SMALL), ...shares(MODERATE)].map(percent).join('\n'));
    for (const one of shares(SMALL)) expect(one).toSatisfy(isBelow(SMALL_SHARE));
    for (const one of shares(MODERATE)) expect(one).toSatisfy(isBelow(MODERATE_SHARE));
  },
  WITHIN_MS,
);

interface Share {
  readonly what: string;
  readonly share: number;
}

const isBelow =
  (limit: number) =>
  ({ share }: Share): boolean =>
    share < limit;
const percent = ({ what, share }: Share): string => `${(share * 100).toFixed(1)} % of the bytes: ${what}`;
