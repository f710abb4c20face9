import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openArchive, type ArchiveStats } from '../../../src/router/archive/archive.ts';
import { resolveRouterConfig } from '../../../src/router/config.ts';
import { openCursor } from '../../../src/router/journal/cursor.ts';
import { segmentName } from '../../../src/router/journal/segment.ts';
import { createSegmentQueue } from '../../../src/router/journal/segment-queue.ts';
import { openSetAside } from '../../../src/router/journal/set-aside.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { compileRoutes } from '../../../src/router/routes/compile-routes.ts';
import type { Match, Route } from '../../../src/router/routes/route.ts';
import { listArchive } from '../../../src/store/layout.ts';
import { createMerger } from '../../../src/store/merge/merge.ts';
import { openStore } from '../../../src/store/query.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { anyMatch, anyReceived } from '../routes/naive-match.ts';
import { received } from '../support/received.ts';
import { temporaryFolder } from '../support/folder.ts';

/** The journal's text of one message, with a header of its own. */
const textOf = ({ type, timestamp, logger, severity, metadata, via, key, received: at }: ReceivedMessage, n: number) =>
  `${JSON.stringify({ metlog: 1, logger, received: at, via, key })}\n` +
  `${JSON.stringify({ type, timestamp, severity, payload: String(n), metadata })}\n`;

interface Result {
  readonly stats: ArchiveStats;
  readonly troubles: readonly string[];
  /** The archive's folder. */
  readonly dir: string;
  readonly journalDir: string;
}

/** Archives the messages, an array for each segment; `counted` is what the journal says that each holds. */
async function archiveAll(
  segments: readonly (readonly ReceivedMessage[])[],
  { except = [], only }: { readonly except?: readonly Match[]; readonly only?: readonly Match[] | undefined },
  counted = segments.map((messages) => messages.length),
): Promise<Result> {
  const journalDir = await temporaryFolder();
  const dir = join(journalDir, 'archive');
  const troubles: string[] = [];
  const onTrouble = (text: string): void => void troubles.push(text);
  const clock = createManualPlatform();
  const archive = await openArchive({ dir, retentionDays: 30, mergeEveryMs: 1e9, except, only }, { clock, onTrouble });
  const { queue, consumers } = createSegmentQueue(
    { maxBytes: 1e9 },
    [await openCursor(join(journalDir, 'cursors', 'archive'))],
    { clock, setAside: await openSetAside(journalDir, onTrouble), onAdded: archive.wake, onTrouble },
  );
  for (const consumer of consumers) archive.start(consumer, 0);
  let first = 0;
  for (const [index, messages] of segments.entries()) {
    const path = join(journalDir, segmentName(first));
    await writeFile(path, messages.map((message, i) => textOf(message, first + i)).join(''));
    queue.add({ path, first, count: counted[index]!, dt: '2026-11-22', bytes: 1 });
    first += counted[index]!;
  }
  await archive.close(30_000);
  await queue.idle();
  return { stats: archive.stats(), troubles, dir, journalDir };
}

/** The numbers of the messages in the archive, in the order of its files. */
async function numbersIn(dir: string): Promise<number[]> {
  const store = await openStore(dir);
  try {
    const { rows } = await store.query('select payload::INTEGER as n from messages', { maxRows: 100_000 });
    return rows.map((row) => Number(row['n']));
  } finally {
    await store.close();
  }
}

describe('archive.except', () => {
  it('leaves out what fits a match, keeps the order of the rest, and counts', async () => {
    const messages = Array.from({ length: 100 }, (_, n) =>
      received({
        type: n % 3 === 0 ? 'debug.x' : 'order',
        severity: n === 50 ? 7 : 6,
        key: n === 1 ? 'k1' : undefined,
      }),
    );
    const { stats, dir, journalDir } = await archiveAll([messages.slice(0, 60), messages.slice(60)], {
      except: [{ type: 'debug.*' }, { severity: 7 }, { key: '*' }],
    });
    const kept = Array.from({ length: 100 }, (_, n) => n).filter((n) => n % 3 !== 0 && n !== 50 && n !== 1);
    expect(await numbersIn(dir)).toEqual(kept);
    expect(stats).toMatchObject({ cursor: 100, waiting: 0, failures: 0, excepted: 100 - kept.length });
    expect((await listArchive(dir)).map(({ first, last }) => [first, last])).toEqual([
      [0, 59],
      [60, 99],
    ]);
    expect((await readdir(journalDir)).filter((name) => name.endsWith('.ndjson'))).toEqual([]);
  });

  it('writes an empty file for a segment of which nothing is left, and merges it with the others', async () => {
    const noise = received({ type: 'noise' });
    const { stats, dir } = await archiveAll([[noise, noise], [received(), noise], [noise]], {
      except: [{ type: 'noise' }],
    });
    expect(await numbersIn(dir)).toEqual([2]);
    expect(stats).toMatchObject({ cursor: 5, excepted: 4, failures: 0 });
    const merger = await createMerger(dir, { retentionDays: Infinity });
    onTestFinished(() => merger.close());
    expect(await merger.run({ before: 5, now: Date.parse('2026-11-22T13:00:00Z'), all: true })).toMatchObject({
      mergedCount: 3,
      writtenCount: 1,
    });
    expect((await listArchive(dir)).map(({ first, last }) => [first, last])).toContainEqual([0, 4]);
    expect(await numbersIn(dir)).toEqual([2]);
  });

  it('still notices a segment that does not hold what the journal counted', async () => {
    const { stats, troubles } = await archiveAll([[received(), received()]], { except: [{ type: 'noise' }] }, [3]);
    expect(stats).toMatchObject({ cursor: 0, waiting: 3, failures: 1, excepted: 0 });
    expect(troubles.join()).toContain('holds 2 messages where the journal counted 3');
  });
});

describe('archive.only', () => {
  it('takes what fits a match, but for what archive.except names, and counts the rest', async () => {
    const messages = ['order', 'order.paid', 'debug', 'log'].map((type, n) =>
      received({ type, severity: n === 3 ? 3 : 6 }),
    );
    const { stats, dir } = await archiveAll([messages], {
      only: [{ type: 'order*' }, { severity: 3 }],
      except: [{ type: '*.paid' }],
    });
    expect(await numbersIn(dir)).toEqual([0, 3]);
    expect(stats).toMatchObject({ cursor: 4, excepted: 2, failures: 0 });
  });
});

describe("archive.except: 'routed'", () => {
  it('leaves exactly what no route takes, whatever the routes', async () => {
    const messages = fc.sample(anyReceived, { numRuns: 300, seed: 3 });
    const anyRoutes = fc.array(
      anyMatch.filter((match) => Object.keys(match).length > 0),
      { minLength: 1, maxLength: 3 },
    );
    let [taken, left] = [0, 0];
    for (const matches of fc.sample(anyRoutes, { numRuns: 25, seed: 4 })) {
      const routes: Route[] = [...matches.map((match) => ({ match, to: ['a'] })), { otherwise: true, to: ['b'] }];
      const sinks = { a: { kind: 'stdout' }, b: { kind: 'stdout' } } as const;
      const { archive } = resolveRouterConfig({ archive: { except: 'routed' }, routes, sinks });
      const { dir } = await archiveAll([messages], archive);
      const { targets } = compileRoutes(routes, ['a', 'b']);
      const unrouted = messages.flatMap((message, n) => (targets(message).includes(0) ? [] : [n]));
      expect(await numbersIn(dir), JSON.stringify(matches)).toEqual(unrouted);
      left += unrouted.length;
      taken += messages.length - unrouted.length;
    }
    expect(Math.min(taken, left)).toBeGreaterThan(200); // the property says nothing otherwise
  });
});
