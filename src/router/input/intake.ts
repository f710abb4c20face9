import { isChunk } from '../../core/chunks.ts';
import type { DecodedBatch } from '../../core/decode.ts';
import type { Header } from '../../core/header.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import { createDescriber, type Describer } from '../exceptions/describer.ts';
import type { Settle } from '../journal/chunk.ts';
import type { JournalWriter } from '../journal/writer.ts';
import { MAX_LISTED_REFUSALS, type Acceptance, type RefusedLine, type Via } from './acceptance.ts';
import { createReassembly } from './chunks.ts';
import { countRefused, type MutableInputStats } from './counters.ts';
import type { KeyRules } from './keys.ts';
import type { Fresh, SenderLedger } from './ledger.ts';
import { readBody, type Reading } from './read-body.ts';
import { REPORT_START } from './read-report.ts';
import { areOneGoodPiece, buildRuns, type Piece, type Runs, type Stamp } from './run-builder.ts';
import { createRunJoiner } from './run-joiner.ts';
import { bookName } from './sender-key.ts';
import { createVerifier } from './signatures.ts';
import type { Source } from './udp-socket.ts';

/** Brings datagrams and bodies into the journal. */
export interface Intake {
  /** Takes a datagram. */
  take(bytes: Buffer, source: Source): void;
  /** Takes a body and resolves once what is good of it is journaled. `key`: id of the key that its page was let in with. Never rejects. */
  accept(bytes: Uint8Array, via: Via, key?: string): Promise<Acceptance>;
  /** Goes by these keys from now on. */
  setKeys(rules: KeyRules): void;
  /** Gives up messages whose chunks do not come. Called every second. */
  sweep(): void;
  /** Hands to the journal what waits to be joined: what comes later comes behind it. */
  flush(): void;
  /** Journals what waits, also for source maps, and gives up what is not complete. */
  close(): Promise<void>;
}

export interface IntakeDeps {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Runs a task in a moment; until then, datagrams of one sender are joined. */
  readonly soon: (task: () => void) => void;
  readonly ledger: SenderLedger;
  readonly journal: Pick<JournalWriter, 'append'>;
  readonly stats: MutableInputStats;
  /** @default no keys */
  readonly keys?: KeyRules | undefined;
  /** Reads the stacks that pages send as text. @default without source maps */
  readonly describer?: Describer | undefined;
}

type OnRefused = (batchNumber: number, index: number, reason: RefusalReason) => void;

/** What a body came to. */
interface Outcome {
  acceptedCount: number;
  duplicateCount: number;
  /** Some of it could not be written. */
  hasFailed: boolean;
}

const NO_KEYS: KeyRules = { keys: {}, allowUnsigned: true };

export function createIntake(deps: IntakeDeps): Intake {
  const { now, monotonic, ledger, journal, stats, keys = NO_KEYS, describer = createDescriber() } = deps;
  const joiner = createRunJoiner(append, deps.soon);
  const verifier = createVerifier(keys);
  const reassembly = createReassembly(stats, monotonic);

  const held = new Set<Promise<void>>();

  /**
   * Has `use` called with the batch once its exceptions are described: at once, as a rule. One that waits is as if it came later: it is in no book
   * and no journal before, so that the journal's order and the books stay one.
   */
  function whenDescribed(batch: DecodedBatch, use: (described: DecodedBatch) => void): void {
    const described = describer.describe(batch);
    if (!(described instanceof Promise)) return use(described);
    const waiting = described.then(use).finally(() => held.delete(waiting));
    held.add(waiting);
  }

  /** Takes a datagram, or what its chunks made. */
  function takeText(bytes: Buffer): void {
    const receivedMs = now();
    const reading = read(bytes, 'udp', receivedMs);
    if (!reading.ok) return;
    const stamp: Stamp = { receivedMs, via: 'udp', key: reading.key };
    for (const batch of reading.batches) whenDescribed(batch, (described) => takeBatch(described, stamp));
  }

  function takeBatch(batch: DecodedBatch, stamp: Stamp): void {
    const { receivedMs } = stamp;
    const fresh = enter(batch, receivedMs);
    const { header, lines } = batch;
    if (fresh === 'all' && areOneGoodPiece(lines)) {
      stats.pending += lines.length;
      joiner.add(header, lines, stamp);
    } else {
      joiner.flush();
      const { pieces } = build(batch, fresh, stamp);
      for (const piece of pieces) appendNew(piece, header, receivedMs);
    }
  }

  /** Takes a body, and says what became of it once it is known; at once if nothing could be read. */
  function takeBody(
    bytes: Buffer,
    { via, key }: { readonly via: Via; readonly key: string | undefined },
    onRefused: OnRefused,
    onSettled: (outcome: Outcome) => void,
  ): Reading {
    const receivedMs = now();
    const reading = read(bytes, via, receivedMs, key);
    if (!reading.ok) return reading;
    const stamp: Stamp = { receivedMs, via, key: reading.key };
    const outcome: Outcome = { acceptedCount: 0, duplicateCount: 0, hasFailed: false };
    let waiting = 1; // for this function to have handed over everything
    const settleOne = (): void => {
      if (--waiting === 0) onSettled(outcome);
    };
    const takeBatch = (batch: DecodedBatch, batchNumber: number): void => {
      const { pieces, duplicateCount } = build(batch, enter(batch, receivedMs), stamp, (index, reason) =>
        onRefused(batchNumber, index, reason),
      );
      outcome.duplicateCount += duplicateCount;
      for (const piece of pieces) {
        waiting++;
        appendNew(piece, batch.header, receivedMs, (journaled) => {
          if (journaled) outcome.acceptedCount += piece.count;
          else outcome.hasFailed = true;
          settleOne();
        });
      }
      settleOne();
    };
    reading.batches.forEach((batch, batchNumber) => {
      waiting++;
      whenDescribed(batch, (described) => takeBatch(described, batchNumber));
    });
    settleOne();
    return reading;
  }

  function read(bytes: Buffer, via: Via, receivedMs: number, key?: string): Reading {
    const reading = readBody(bytes, via, receivedMs, verifier, key);
    if (reading.ok) stats.read++;
    else reject(reading.reason);
    return reading;
  }

  function build(
    batch: DecodedBatch,
    fresh: Fresh,
    stamp: Stamp,
    onRefused?: (index: number, reason: RefusalReason) => void,
  ): Runs {
    const runs = buildRuns(batch, fresh, stamp, (index, reason) => {
      countRefused(stats, reason);
      onRefused?.(index, reason);
    });
    stats.duplicates += runs.duplicateCount;
    return runs;
  }

  /** Writes the batch into its sender's book. A report ends the datagram that it comes in, so that looking for it costs nothing. */
  function enter({ header, lines }: DecodedBatch, receivedMs: number): Fresh {
    const { seq = 0, logger } = header;
    const sender = bookName(header);
    stats.lines += lines.length;
    if (sender === undefined) return 'all';
    const fresh = ledger.take(sender, seq, lines.length, receivedMs, logger);
    const last = lines.at(-1);
    if (typeof last === 'string' && last.startsWith(REPORT_START)) {
      ledger.report(sender, seq + lines.length, last, receivedMs);
    }
    return fresh;
  }

  function appendNew(piece: Piece, header: Header, receivedMs: number, onSettled?: Settle): void {
    stats.pending += piece.count;
    append(piece, header, receivedMs, onSettled);
  }

  /** Hands to the journal what is counted as pending. */
  function append(piece: Piece, header: Header, receivedMs: number, onSettled?: Settle): void {
    journal.append(piece.text, piece.count, receivedMs, (journaled) => {
      stats.pending -= piece.count;
      stats[journaled ? 'accepted' : 'journalFailed'] += piece.count;
      if (!journaled) giveBack(piece, header);
      onSettled?.(journaled);
    });
  }

  /** What could not be kept is new when it comes again. */
  function giveBack({ ranges }: Piece, header: Header): void {
    const { seq = 0 } = header;
    const sender = bookName(header);
    if (sender === undefined) return;
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = ranges.slice(i, i + 2);
      ledger.giveBack(sender, seq + from, seq + to);
    }
  }

  function reject(reason: RefusalReason): void {
    stats.rejected++;
    countRefused(stats, reason);
  }

  function count(bytes: Uint8Array): void {
    stats.datagrams++;
    stats.bytes += bytes.length;
  }

  function takeChunk(bytes: Buffer, { address, port }: Source): void {
    const whole = reassembly.take(bytes, `${address} ${port}`);
    if (whole === undefined) return;
    if (isChunk(whole)) reject('bad-chunk');
    else takeText(asBuffer(whole));
  }

  return {
    take(bytes, source) {
      count(bytes);
      if (isChunk(bytes)) takeChunk(bytes, source);
      else takeText(bytes);
    },
    accept(bytes, via, key) {
      count(bytes);
      return new Promise((resolve) => {
        const refused: RefusedLine[] = [];
        let refusedCount = 0;
        const reading = takeBody(
          asBuffer(bytes),
          { via, key },
          (batchNumber, index, error) => {
            // A deployed client's messages are batches of one, without a header's line.
            if (++refusedCount <= MAX_LISTED_REFUSALS) refused.push({ line: batchNumber + index + 1, error });
          },
          ({ acceptedCount, duplicateCount, hasFailed }) => {
            if (hasFailed) resolve({ rejected: 'journal-failed' });
            else {
              resolve({
                accepted: acceptedCount,
                duplicates: duplicateCount,
                refused: numbered(refused, bytes),
                ...(refusedCount > refused.length && { refusedCount }),
              });
            }
          },
        );
        if (!reading.ok) resolve({ rejected: reading.reason });
      });
    },
    setKeys: verifier.setRules,
    sweep: reassembly.sweep,
    flush: joiner.flush,
    async close() {
      reassembly.close();
      joiner.flush();
      await Promise.all(held);
      joiner.flush();
    },
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** The refused lines as numbered in the body: below a header line they are one further down. */
function numbered(refused: readonly RefusedLine[], bytes: Uint8Array): readonly RefusedLine[] {
  if (refused.length === 0 || !/^[^\n]*"metlog"\s*:/.test(asBuffer(bytes).toString())) return refused;
  return refused.map(({ line, error }) => ({ line: line + 1, error }));
}
