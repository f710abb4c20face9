import { describe, expect, it, onTestFinished } from 'vitest';
import { bucketsOf } from '../../../src/store/buckets.ts';
import { measureMetrics, type MeasuredMetric } from '../../../src/store/metrics/measure-metrics.ts';
import type { MetricName } from '../../../src/store/metrics/metric-kind.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const FROM_MS = Date.parse(`${DAY}T10:00:00Z`);
const TO_MS = Date.parse(`${DAY}T11:00:00Z`);
const MINUTE_MS = 60_000;

interface Given {
  readonly kind?: string;
  readonly name?: string;
  readonly value: number | string;
  readonly rate?: number;
  /** After the window's start, in minutes. */
  readonly minute?: number;
}

async function storeOf(given: readonly Given[]): Promise<Store> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const lines = given.flatMap(({ kind = 'timer', name = 'auth', value, rate, minute = 1 }) => [
    header({ received: new Date(FROM_MS + minute * MINUTE_MS).toISOString(), sender: 's', seq: 0 }),
    line({ type: kind, payload: String(value), metadata: { name, rate } }),
  ]);
  await writer.write(await segment(dir, 0, lines));
  await writer.close();
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  return store;
}

async function measure(store: Store, names: readonly MetricName[], shiftMs = 0): Promise<readonly MeasuredMetric[]> {
  const window = { fromMs: FROM_MS - shiftMs, toMs: TO_MS - shiftMs, logger: undefined };
  return measureMetrics(store, names, window, bucketsOf(FROM_MS, TO_MS, 60), shiftMs);
}

const AUTH: MetricName = { kind: 'timer', name: 'auth' };

async function wholeOf(given: readonly Given[], name = AUTH): Promise<MeasuredMetric['whole']> {
  return (await measure(await storeOf(given), [name]))[0]?.whole;
}

/** What `random()` of a few lines gives, the same each time. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

/** Each value as many times as it stands for. */
function trueQuantile(given: readonly Given[], p: number): number {
  const all = given
    .flatMap(({ value, rate = 1 }) => Array.from({ length: Math.round(1 / rate) }, () => Number(value)))
    .sort((a, b) => a - b);
  const at = p * (all.length - 1);
  const low = all[Math.floor(at)] ?? 0;
  return low + (at % 1) * ((all[Math.ceil(at)] ?? 0) - low);
}

describe('measureMetrics', () => {
  it('knows nothing of a metric that sent nothing', async () => {
    const [auth] = await measure(await storeOf([{ name: 'other', value: 1 }]), [AUTH]);
    expect(auth).toMatchObject({ kind: 'timer', name: 'auth', whole: undefined });
    expect(auth?.byBucket.size).toBe(0);
  });

  it('corrects counts for the sample rate, and takes a rate that is none for 1', async () => {
    const given = [
      { kind: 'counter', value: 2, rate: 0.1 },
      { kind: 'counter', value: 3 },
      { kind: 'counter', value: 4, rate: 0 },
    ];
    expect(await wholeOf(given, { kind: 'counter', name: 'auth' })).toMatchObject({ messages: 3, count: 27 });
    expect(await wholeOf([{ value: 1, rate: 0.25 }, { value: 1 }])).toMatchObject({ messages: 2, count: 5 });
  });

  it('leaves out what is no number', async () => {
    expect(await wholeOf([{ value: 'NaN' }, { value: 'soon' }, { value: 7 }])).toMatchObject({ messages: 1, max: 7 });
  });

  it('has exact percentiles where all is sampled alike', async () => {
    expect((await wholeOf([{ value: 5, rate: 0.5 }]))?.percentiles).toEqual({ p50: 5, p95: 5, p99: 5 });
    const hundred = Array.from({ length: 101 }, (_, value) => ({ value, rate: 0.1 }));
    expect((await wholeOf(hundred))?.percentiles).toEqual({ p50: 50, p95: 95, p99: 99 });
  });

  it.each([1, 2, 3])('weighs calls that are sampled at different rates (%i)', async (seed) => {
    const random = numbersFrom(seed);
    const given = Array.from({ length: 2_000 }, () => ({
      value: Math.exp(2 + 3 * random()),
      rate: [0.1, 0.25, 1][Math.floor(random() * 3)] ?? 1,
    }));
    // The slow ones are sampled less: whoever does not weigh them is far off.
    const skewed = given.map((one) => (one.value > 60 ? { ...one, rate: 0.1 } : { ...one, rate: 1 }));
    for (const some of [given, skewed]) {
      const { p50, p95, p99 } = (await wholeOf(some))?.percentiles ?? { p50: 0, p95: 0, p99: 0 };
      for (const [found, p] of [[p50, 0.5], [p95, 0.95], [p99, 0.99]] as const) {
        const wanted = trueQuantile(some, p);
        expect(Math.abs(found / wanted - 1), `p${p * 100} ${found} is not ${wanted}`).toBeLessThan(0.01);
      }
    }
  }); // prettier-ignore

  it('measures each bucket, and the whole not as an average of them', async () => {
    const slow = Array.from({ length: 3 }, () => ({ value: 100, minute: 0.5 }));
    const fast = Array.from({ length: 9 }, () => ({ value: 10, minute: 30.5 }));
    const [auth] = await measure(await storeOf([...slow, ...fast]), [AUTH]);
    expect(auth?.whole?.percentiles?.p50).toBe(10);
    expect([...(auth?.byBucket ?? [])].map(([start, { count, max }]) => [start, count, max]).sort()).toEqual([
      [FROM_MS, 3, 100],
      [FROM_MS + 30 * MINUTE_MS, 9, 10],
    ]);
  });

  it('counts what was received at the end of a bucket to it, as a window does', async () => {
    const [auth] = await measure(await storeOf([{ value: 1, minute: 0 }, { value: 2, minute: 1 }, { value: 3, minute: 60 }]), [AUTH]); // prettier-ignore
    expect([...(auth?.byBucket.keys() ?? [])].sort()).toEqual([FROM_MS, FROM_MS + 59 * MINUTE_MS]);
    expect(auth?.whole?.count).toBe(2);
  });

  it('says the latest of a gauge, and its average, least and most', async () => {
    const given = [3, 9, 6].map((value, minute) => ({ kind: 'gauge', value, minute: minute + 1 }));
    expect(await wholeOf(given, { kind: 'gauge', name: 'auth' })).toMatchObject({
      messages: 3,
      min: 3,
      max: 9,
      average: 6,
      last: 6,
    });
  });

  it('tells metrics of one name and several kinds apart', async () => {
    const store = await storeOf([
      { value: 8 },
      { kind: 'counter', value: 5 },
      { kind: 'counter', name: 'b', value: 6 },
    ]);
    const found = await measure(store, [{ kind: 'counter', name: 'b' }, AUTH]);
    expect(found.map(({ whole }) => [whole?.count, whole?.max])).toEqual([
      [6, 6],
      [1, 8],
    ]);
  });

  it('measures a day before in the buckets of today', async () => {
    const shiftMs = 86_400_000;
    const store = await storeOf([
      { value: 8, minute: 5.5 - 1_440 },
      { value: 1, minute: 5.5 },
    ]);
    const [auth] = await measure(store, [AUTH], shiftMs);
    expect([...(auth?.byBucket ?? [])].map(([start, { max }]) => [start, max])).toEqual([[FROM_MS + 5 * MINUTE_MS, 8]]);
  });

  it('takes a name for a name, whatever stands in it', async () => {
    const name = `'; DROP TABLE x; -- "<b>\u202e%_`;
    expect(await wholeOf([{ name, value: 4 }], { kind: 'timer', name })).toMatchObject({ messages: 1 });
  });
});
