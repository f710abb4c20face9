import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReport } from '../../../src/core/report.ts';
import { createLedgerKeeper, type LedgerKeeper } from '../../../src/router/input/ledger-keeper.ts';
import type { LedgerImage } from '../../../src/router/input/ledger-image.ts';
import type { LedgerSummary } from '../../../src/router/input/ledger-summary.ts';
import { openLedger } from '../../../src/router/input/open-ledger.ts';
import { createSenderLedger } from '../../../src/router/input/sender-ledger.ts';
import { segmentName } from '../../../src/router/journal/segment.ts';
import { createManualPlatform } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { headerLine, messageLine, NOON_MS } from '../support/lines.ts';

/** Enough for senders to be kept in many shards. */
const MAX_SENDERS = 20_000;
const RECEIVED = new Date(NOON_MS).toISOString();
const FINAL = encodeReport(
  { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: { closed: 2 }, ageMs: 0, final: true },
  NOON_MS,
);

/** Every so many messages a sender says that it has ended. */
const REPORT_EVERY = 20;
const isReport = (number: number): boolean => number % REPORT_EVERY === REPORT_EVERY - 1;

/** A ledger, its keeper, and a journal beside them, all moved by hand. */
async function setUp() {
  const dir = await temporaryFolder();
  const journalDir = join(dir, 'journal');
  const path = join(dir, 'senders.ledger');
  await mkdir(journalDir);
  const clock = createManualPlatform();
  const options = { maxSenders: MAX_SENDERS, nowMs: NOON_MS };
  const ledger = createSenderLedger({ ...options, knowsAll: true });
  const lines: string[] = [];
  const saved: number[] = [];
  const troubles: string[] = [];
  let offset = 0;
  let failures = 0;
  let whileCopying = (): void => undefined;
  const image: LedgerImage = {
    ...ledger.image,
    get revision() {
      return ledger.image.revision;
    },
    senders(shard) {
      whileCopying();
      return ledger.image.senders(shard);
    },
  };
  const keeper: LedgerKeeper = createLedgerKeeper(
    { path, savedOffset: 0, journaledTo: 0 },
    {
      clock,
      image,
      position: () => offset,
      failures: () => failures,
      onSaved: (at) => saved.push(at),
      onTrouble: (text) => troubles.push(text),
    },
  );
  return {
    path,
    clock,
    ledger,
    keeper,
    saved,
    troubles,
    onCopy(task: () => void) {
      whileCopying = task;
    },
    fail() {
      failures++;
    },
    offset: () => offset,
    /** A datagram comes and is journaled, if something of it is new. */
    take(sender: string, seq: number, upTo: number): void {
      // A report ends its datagram.
      const count = Math.min(upTo, REPORT_EVERY - (seq % REPORT_EVERY));
      const isFinal = isReport(seq + count - 1);
      const fresh = ledger.take(sender, seq, count, NOON_MS, 'shop');
      if (isFinal) ledger.report(sender, seq + count, FINAL, NOON_MS);
      if (fresh === 'none') return;
      const ranges = fresh === 'all' ? [0, count] : fresh;
      for (let i = 0; i < ranges.length; i += 2) {
        const [from = 0, to = 0] = ranges.slice(i, i + 2);
        lines.push(headerLine({ sender, seq: seq + from, took: [seq, count], received: RECEIVED }));
        for (let n = from; n < to; n++) lines.push(isReport(seq + n) ? FINAL : messageLine(`n${seq + n}`));
        offset += to - from;
      }
    },
    /** Saves, to the end. */
    async save(): Promise<void> {
      const before = saved.length;
      clock.advance(60_000);
      keeper.tick();
      await expect
        .poll(() => {
          keeper.journaled(offset);
          return saved.length;
        })
        .toBeGreaterThan(before);
    },
    /** The summary of a ledger that another run makes of what is on disk. */
    async reopened(): Promise<LedgerSummary> {
      await writeFile(join(journalDir, segmentName(0)), lines.map((line) => `${line}\n`).join(''));
      const opened = await openLedger({ ...options, journalDir, ledgerPath: path, minOffset: 0 }, (text) =>
        troubles.push(text),
      );
      return opened.ledger.summary();
    },
  };
}

describe('createLedgerKeeper', () => {
  it('saves what is exact together with the journal, whatever comes while it copies', async () => {
    const datagram = fc.record({ sender: fc.nat(60), seq: fc.nat(80), count: fc.integer({ min: 1, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(datagram, { maxLength: 100 }),
        fc.array(datagram, { minLength: 256, maxLength: 256 }),
        fc.array(datagram, { maxLength: 50 }),
        async (before, meanwhile, after) => {
          const { take, save, reopened, onCopy, ledger } = await setUp();
          const takeAll = (datagrams: typeof before): void => {
            for (const { sender, seq, count } of datagrams) take(`sender-${sender}`, seq, count);
          };
          takeAll(before);
          onCopy(() => takeAll(meanwhile.splice(0, 1)));
          await save();
          expect(meanwhile).toEqual([]);
          takeAll(after);
          const strip = ({ total, senders, worst }: LedgerSummary) => ({
            total: { ...total, duplicates: 0 }, // what came again since then is not in the journal
            senders,
            missing: worst.map(({ missing }) => missing),
          });
          expect(strip(await reopened())).toEqual(strip(ledger.summary()));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('saves every ten seconds, and only what has changed', async () => {
    const { take, keeper, clock, save, saved } = await setUp();
    await save().catch(() => undefined); // nothing ever came: that is saved once
    const first = saved.length;
    clock.advance(60_000);
    keeper.tick();
    await clock.settle();
    expect(saved).toHaveLength(first);
    take('a', 0, 1);
    clock.advance(60_000);
    await save();
    expect(saved).toHaveLength(first + 1);
  });

  it('waits until the journal is on disk as far as it knows of', async () => {
    const { take, keeper, clock, saved, path, offset } = await setUp();
    take('a', 0, 5);
    clock.advance(10_000);
    keeper.tick();
    await expect.poll(() => readFile(`${path}.tmp`, 'latin1').catch(() => '')).toBeDefined();
    for (let i = 0; i < 5; i++) {
      keeper.tick();
      keeper.journaled(4);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(saved).toEqual([]);
    await expect
      .poll(() => {
        keeper.journaled(offset());
        return saved;
      })
      .toEqual([5]);
  });

  it('discards what it copied while the journal could not be written, and tries again', async () => {
    const { take, keeper, clock, saved, save, fail, onCopy, path } = await setUp();
    take('a', 0, 5);
    let failed = false;
    onCopy(() => {
      if (!failed) fail();
      failed = true;
    });
    clock.advance(10_000);
    keeper.tick();
    await expect.poll(() => failed && !keeper.isCopying).toBe(true);
    await expect.poll(() => readFile(`${path}.tmp`).catch(() => 'gone')).toBe('gone');
    expect(saved).toEqual([]);
    await save();
    expect(saved).toEqual([5]);
  });

  it('tells when the file cannot be written, and goes on', async () => {
    const { take, keeper, clock, troubles, path, save } = await setUp();
    await mkdir(`${path}.tmp`);
    take('a', 0, 1);
    clock.advance(10_000);
    keeper.tick();
    await expect.poll(() => troubles).toHaveLength(1);
    expect(troubles[0]).toContain('the book of senders cannot be saved');
    await rmdir(`${path}.tmp`);
    await save();
  });

  it('saves the rest when it is closed', async () => {
    const { take, keeper, reopened, ledger, saved } = await setUp();
    take('a', 3, 2);
    await keeper.close();
    expect(saved).toEqual([2]);
    expect(await reopened()).toEqual(ledger.summary());
    await keeper.close();
    expect(saved).toEqual([2]);
  });
});
