import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalMessage } from '../../../src/core/canonical-line.ts';
import { readLine } from '../../../src/core/decode.ts';
import { isMessage } from '../../../src/core/guard.ts';
import { parseHeader, type Header } from '../../../src/core/header.ts';
import { HEADER_START } from '../../../src/core/journal-format.ts';
import { createInputStats, type InputStats } from '../../../src/router/input/counters.ts';
import { createIntake } from '../../../src/router/input/intake.ts';
import type { KeyRules } from '../../../src/router/input/keys.ts';
import { createSenderLedger } from '../../../src/router/input/sender-ledger.ts';
import type { Settle } from '../../../src/router/journal/chunk.ts';
import { connectDuckdb, sqlText } from '../../../src/store/duckdb.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { createManualPlatform } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createMutator, createRandom, type Random } from '../support/mutate.ts';

const ROUNDS = process.env['METLOG_FULL'] === '1' ? 50 : 1;
const DATAGRAMS_A_ROUND = 20_000;
/** Datagrams of every kind, as senders wrote them at `SENT_MS`, and some that nobody should. */
const CORPUS_DIR = join(import.meta.dirname, 'corpus');
const SENT_MS = Date.UTC(2026, 0, 1);
const DT = '2026-01-01';
const SEGMENT_LENGTH = 4 * 1024 * 1024;

const SECRETS = { shop: 'the secret of the corpus', narrow: 'another one of the corpus' };
const KEYS: KeyRules['keys'] = {
  shop: { secret: SECRETS.shop },
  narrow: { secret: SECRETS.narrow, loggers: ['shop*'], types: ['counter', 'order.*'] },
};

const corpus = readdirSync(CORPUS_DIR)
  .sort()
  .map((name) => readFileSync(join(CORPUS_DIR, name)));

/** A message as the journal has it: header values first. */
interface Journaled {
  readonly type: string;
  readonly payload: string;
  readonly logger: string;
  readonly sender: string | null;
  readonly seq: bigint | null;
}

/** What the journal was given at once. */
interface Piece {
  readonly text: string;
  readonly count: number;
}

/** Reads a piece as every consumer of the journal does, and holds each line to its canonical form. */
function readPiece({ text, count }: Piece): readonly Journaled[] {
  const messages: Journaled[] = [];
  let header: Header | null = null;
  let index = 0;
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith(HEADER_START)) {
      header = parseHeader(JSON.parse(line));
      index = 0;
      if (header?.key !== undefined && !(header.key in SECRETS)) expect.unreachable(`a key that there is not: ${line}`);
      continue;
    }
    if (header === null) return expect.unreachable(`no header that can be read above ${line}`);
    const context = { header, receivedMs: 0, shiftMs: 0 };
    const again = canonicalMessage(JSON.parse(line) as Record<string, unknown>, context);
    if (again !== line) expect(again).toBe(line);
    const message = readLine(line, header);
    if (!isMessage(message)) expect.unreachable(`no message: ${line}`);
    const { sender = null, seq } = header;
    messages.push({ ...message, sender, seq: seq === undefined ? null : BigInt(seq + index++) });
  }
  expect(messages).toHaveLength(count);
  return messages;
}

/** The two equations of `InputStats`. */
function checkBooks(stats: InputStats, datagramCount: number): void {
  const { chunks, refused } = stats;
  const ends = chunks.pending + chunks.joined + chunks.duplicates + chunks.incomplete + chunks.overflow;
  const abandoned = (refused['chunk-incomplete'] ?? 0) + (refused['chunk-overflow'] ?? 0);
  const lineEnds = stats.accepted + stats.duplicates + stats.journalFailed + stats.pending;
  const refusedCount = Object.values(refused).reduce((sum, count) => sum + count, 0);
  // Compared by hand: `expect` takes longer than all the rest.
  if (
    stats.datagrams !== datagramCount ||
    stats.datagrams + chunks.messages !== stats.read + stats.rejected + ends ||
    stats.lines + stats.rejected + abandoned !== lineEnds + refusedCount
  ) {
    expect.unreachable(`after ${datagramCount} datagrams the books do not balance: ${JSON.stringify(stats)}`);
  }
}

/** Sends a round of datagrams; what was journaled, as pieces. */
function runRound(random: Random, rules: KeyRules): { readonly pieces: readonly Piece[]; readonly stats: InputStats } {
  const platform = createManualPlatform({ nowMs: SENT_MS });
  const stats = createInputStats();
  const pieces: Piece[] = [];
  let unsettled: Settle[] = [];
  let endTurn = (): void => undefined;
  const intake = createIntake({
    now: platform.now,
    monotonic: platform.monotonic,
    soon: (task) => (endTurn = task),
    ledger: createSenderLedger({ knowsAll: true }),
    stats,
    keys: rules,
    journal: {
      append(text, count, _, settle) {
        const dice = random.next();
        const keep: Settle = (journaled) => {
          if (journaled) pieces.push({ text, count });
          settle(journaled);
        };
        if (count === 0) expect.unreachable('an empty piece');
        if (dice < 0.9) keep(true);
        else if (dice < 0.95) keep(false);
        else unsettled.push(keep);
      },
    },
  });
  const mutator = createMutator(corpus, SECRETS, random);
  let datagramCount = 0;
  while (datagramCount < DATAGRAMS_A_ROUND) {
    for (const bytes of mutator.next()) {
      intake.take(bytes, { address: '127.0.0.1', port: 1 + random.below(2) });
      checkBooks(stats, ++datagramCount);
    }
    // Some are read in one turn of the event loop, and some of these in one millisecond.
    if (random.next() < 0.3) endTurn();
    if (random.next() < 0.3) platform.advance(random.below(30));
    if (random.next() < 0.01) intake.sweep();
    if (random.next() < 0.1) {
      const settling = unsettled;
      unsettled = [];
      for (const settle of settling) settle(random.next() < 0.9);
      checkBooks(stats, datagramCount);
    }
  }
  void intake.close();
  for (const settle of unsettled) settle(true);
  checkBooks(stats, datagramCount);
  expect(stats).toMatchObject({ pending: 0, chunks: { pending: 0 } });
  return { pieces, stats };
}

/** Archives the messages and holds the table to what the journal says, row by row. */
async function checkArchive(pieces: readonly Piece[]): Promise<void> {
  const dir = await temporaryFolder();
  const writer = await createArchiveWriter(join(dir, 'archive'), { memoryLimitMiB: 256 });
  onTestFinished(() => writer.close());
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  let first = 0;
  for (const segment of segmentsOf(pieces)) {
    const messages = segment.flatMap(readPiece);
    const path = join(dir, `${String(first).padStart(16, '0')}.ndjson`);
    await writeFile(path, segment.map(({ text }) => text).join(''));
    const file = await writer.write({ path, first, count: messages.length, dt: DT });
    const table = await connection.runAndReadAll(
      `SELECT type, payload, logger, sender, seq FROM read_parquet(${sqlText(file.path)}, hive_partitioning = false)`,
    );
    const rows = table.getRowObjectsJS();
    expect(rows).toHaveLength(messages.length);
    rows.forEach((row, index) => {
      const message = messages[index];
      for (const name of ['type', 'payload', 'logger', 'sender', 'seq'] as const) {
        if (row[name] !== message?.[name]) expect({ index, ...row }).toMatchObject({ ...message });
      }
    });
    first += messages.length;
  }
  close();
  await writer.close();
}

function* segmentsOf(pieces: readonly Piece[]): Generator<readonly Piece[]> {
  let segment: Piece[] = [];
  let length = 0;
  for (const piece of pieces) {
    segment.push(piece);
    length += piece.text.length;
    if (length < SEGMENT_LENGTH) continue;
    yield segment;
    segment = [];
    length = 0;
  }
  if (segment.length > 0) yield segment;
}

it(
  `gives each of ${ROUNDS * DATAGRAMS_A_ROUND} mutated datagrams one counted end, and journals only what can be read back`,
  async () => {
    const seed = Number(process.env['METLOG_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.info(`fuzz: METLOG_SEED=${seed}`);
    const reasons = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const random = createRandom(seed + round);
      // Now and then nobody may send unsigned.
      const { pieces, stats } = runRound(random, { keys: KEYS, allowUnsigned: round % 4 !== 3 });
      for (const reason of Object.keys(stats.refused)) reasons.add(reason);
      await checkArchive(pieces);
      expect(stats.accepted).toBeGreaterThan(round % 4 === 3 ? 100 : 1_000);
      expect(stats.duplicates).toBeGreaterThan(100);
      expect(stats.chunks.messages).toBeGreaterThan(100);
    }
    // The mutations reach what is to be reached.
    expect([...reasons]).toEqual(
      expect.arrayContaining([
        'not-json',
        'bad-header',
        'bad-signature',
        'unknown-key',
        'not-allowed',
        'bad-chunk',
        'chunk-incomplete',
      ]),
    );
  },
  ROUNDS * 60_000,
);
