import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RemoteError } from '../../../../src/store/remote/remote.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, openCopying, type CopyingArchive } from './copying-archive.ts';

type Step =
  | 'write'
  | 'merge'
  | 'merge all'
  | 'copy'
  | 'copy while merging'
  | 'killed before'
  | 'killed after'
  | 'away'
  | 'restart'
  | 'killed merging'
  | number;

/** Minutes to let pass, or something that happens. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>('write') },
  { weight: 3, arbitrary: fc.constant<Step>('merge') },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 900 }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>(
      'copy',
      'copy while merging',
      'killed before',
      'killed after',
      'away',
      'restart',
      'killed merging',
      'merge all',
    ),
  },
);

async function take(archive: CopyingArchive, step: Step): Promise<void> {
  const { remote, clock } = archive;
  if (typeof step === 'number') clock.advance(step * MINUTE_MS);
  else if (step === 'write') await archive.write(2);
  else if (step === 'merge') await archive.merge();
  else if (step === 'merge all') await archive.mergeAll();
  else if (step === 'restart') await archive.restart();
  else if (step === 'killed merging') {
    const merging = archive.merge().catch(() => undefined);
    await archive.restart();
    await merging;
  } else {
    let puts = 0;
    remote.onCall = async (moment, call) => {
      if (call !== 'put' || step === 'copy') return;
      if (step === 'copy while merging') {
        if (moment === 'after') await archive.merge();
        return;
      }
      if (moment === 'before') puts++;
      if (puts < 2) return; // one goes through
      if (step === 'away') throw new RemoteError('away', 'hdfs://memory is away');
      if (step === `killed ${moment}`) throw new Error('killed');
    };
    await archive.copy().catch(() => undefined);
    remote.onCall = () => undefined;
    if (step.startsWith('killed')) await archive.restart();
  }
}

const anyRetention = fc.constantFrom(Infinity, 1);
const someSteps = fc.array(anyStep, { minLength: 5, maxLength: 40 });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

it('has each message in the store at most once at every moment, and once in the end, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, anyRetention, async (steps, retentionDays) => {
      const archive = await openCopying({ retentionDays });
      for (const step of steps) {
        await take(archive, step);
        const there = await archive.remoteNumbers();
        expect(new Set(there).size).toBe(there.length);
      }
      archive.clock.advance(2 * DAY_MS);
      await archive.merge();
      await archive.copy();
      expect(archive.refused).toEqual([]);
      expect(await archive.remoteNumbers()).toEqual(numbers(0, archive.end));
    }),
    { numRuns: 15 },
  );
}, 120_000);

it('has each message in the store or among the expired, and none counted twice, where little may wait', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.constantFrom<Step>('copy', 'copy while merging'), async (steps, last) => {
      const archive = await openCopying({ retentionDays: 1, maxWaitingBytes: 3_000 });
      // Some that waits for too long by then.
      for (const step of [...steps, 'write', 60, 'merge', 'write', 60, 'merge'] as const) await take(archive, step);
      archive.clock.advance(2 * DAY_MS);
      await take(archive, last);
      await take(archive, 'copy');
      const copied = archive.copied.reduce((sum, { rows }) => sum + rows, 0);
      expect(copied + archive.expired).toBeLessThanOrEqual(archive.end);
      const there = await archive.remoteNumbers();
      expect(new Set(there).size).toBe(there.length);
      expect(there.length + archive.expired).toBeGreaterThanOrEqual(archive.end);
      expect(archive.refused).toEqual([]);
    }),
    { numRuns: 15 },
  );
}, 120_000);

/** What happens to a folder while its store is away. */
const anyLocalStep = fc.constantFrom<Step>('write', 'write', 'merge', 'merge all', 'restart', 20, 60);
const localSteps = fc.array(anyLocalStep, { maxLength: 8 });
/** Merges what is new with what was there. */
const anyEnd = fc.constantFrom<readonly Step[]>([], ['write', 60, 'merge']);

it('has each message of a folder that was brought back in the store in the end', async () => {
  await fc.assert(
    fc.asyncProperty(localSteps, localSteps, localSteps, anyEnd, someSteps, async (before, lost, alone, end, after) => {
      const archive = await openCopying();
      for (const step of [...before, 'copy', 'write'] as const) await take(archive, step);
      const restore = await archive.backup();
      for (const step of [...lost, 'merge all', 'copy'] as const) await take(archive, step);
      await restore();
      const { end: ours } = archive;
      for (const step of [...alone, ...end]) await take(archive, step);
      await archive.adopt(ours);
      for (const step of after) await take(archive, step);
      archive.clock.advance(HOUR_MS);
      await archive.merge();
      await archive.copy();
      expect(archive.refused).toEqual([]);
      const there = new Set(await archive.remoteNumbers());
      expect([...numbers(0, ours), ...numbers(ours + 1_000, archive.end + 1_000)].filter((n) => !there.has(n))).toEqual(
        [],
      );
    }),
    { numRuns: 15 },
  );
}, 120_000);
