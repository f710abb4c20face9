import { decode, type DecodedBatch } from '../../core/decode.ts';
import type { Header } from '../../core/header.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import type { JournalWriter } from '../journal/writer.ts';
import { MAX_LISTED_REFUSALS, type Acceptance, type RefusedLine, type Via } from './acceptance.ts';
import { countRefused, type MutableInputStats } from './counters.ts';
import { buildRuns, type Piece } from './run-builder.ts';
import type { SenderLedger } from './sender-ledger.ts';

/** Brings datagrams and bodies into the journal. */
export interface Intake {
  /** Takes a datagram. */
  take(bytes: Uint8Array): void;
  /** Takes a body and resolves once what is good of it is journaled. Never rejects. */
  accept(bytes: Uint8Array, via: Via): Promise<Acceptance>;
}

export interface IntakeDeps {
  readonly now: () => number;
  readonly ledger: SenderLedger;
  readonly journal: Pick<JournalWriter, 'append'>;
  readonly stats: MutableInputStats;
}

type OnRefused = (batchNumber: number, index: number, reason: RefusalReason) => void;

/** What a body came to. */
interface Outcome {
  acceptedCount: number;
  duplicateCount: number;
  /** Some of it could not be written. */
  hasFailed: boolean;
}

/** Longest body that is decoded, in bytes: two messages of the longest kind. A longer one would stop the thread for tens of milliseconds. */
export const MAX_BODY_BYTES: number = 2 * 1024 * 1024;

export function createIntake({ now, ledger, journal, stats }: IntakeDeps): Intake {
  /** Reads a body, counts it, and hands what is good to the journal; a reason if nothing could be read, and else `onSettled` is called. */
  function process(
    bytes: Uint8Array,
    via: Via,
    onRefused: OnRefused,
    onSettled: (outcome: Outcome) => void,
  ): RefusalReason | undefined {
    stats.datagrams++;
    stats.bytes += bytes.length;
    if (bytes.length > MAX_BODY_BYTES) return reject('too-large');
    const receivedMs = now();
    const decoded = decode(textOf(bytes), receivedMs);
    if (!decoded.ok) return reject(decoded.reason);
    if (decoded.batches.some(isBeyondNumbers)) return reject('bad-header');
    const outcome: Outcome = { acceptedCount: 0, duplicateCount: 0, hasFailed: false };
    let waiting = 1; // for this function to have handed over everything
    const settleOne = (): void => {
      if (--waiting === 0) onSettled(outcome);
    };
    decoded.batches.forEach((batch, batchNumber) => {
      const { sender, seq = 0 } = batch.header;
      const fresh = sender === undefined ? 'all' : ledger.take(sender, seq, batch.lines.length, receivedMs);
      const { pieces, duplicateCount } = buildRuns(batch, fresh, receivedMs, via, (index, reason) => {
        countRefused(stats, reason);
        onRefused(batchNumber, index, reason);
      });
      stats.duplicates += duplicateCount;
      outcome.duplicateCount += duplicateCount;
      for (const piece of pieces) {
        waiting++;
        append(piece, batch.header, receivedMs, outcome, settleOne);
      }
    });
    settleOne();
    return undefined;
  }

  function append(piece: Piece, header: Header, receivedMs: number, outcome: Outcome, onSettled: () => void): void {
    stats.pending += piece.count;
    journal.append(piece.text, piece.count, receivedMs, (journaled) => {
      stats.pending -= piece.count;
      stats[journaled ? 'accepted' : 'journalFailed'] += piece.count;
      if (journaled) outcome.acceptedCount += piece.count;
      else {
        outcome.hasFailed = true;
        giveBack(piece, header);
      }
      onSettled();
    });
  }

  /** What could not be kept is new when it comes again. */
  function giveBack({ ranges }: Piece, { sender, seq = 0 }: Header): void {
    if (sender === undefined) return;
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = ranges.slice(i, i + 2);
      ledger.giveBack(sender, seq + from, seq + to);
    }
  }

  function reject(reason: RefusalReason): RefusalReason {
    countRefused(stats, reason);
    return reason;
  }

  return {
    take(bytes) {
      process(bytes, 'udp', ignore, ignore);
    },
    accept(bytes, via) {
      return new Promise((resolve) => {
        const refused: RefusedLine[] = [];
        let refusedCount = 0;
        const rejected = process(
          bytes,
          via,
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
        if (rejected !== undefined) resolve({ rejected });
      });
    },
  };
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

/** Numbers past 2^53 run into each other. */
const isBeyondNumbers = ({ header, lines }: DecodedBatch): boolean =>
  header.seq !== undefined && !Number.isSafeInteger(header.seq + lines.length);

/** The refused lines as numbered in the body: below a header line they are one further down. */
function numbered(refused: readonly RefusedLine[], bytes: Uint8Array): readonly RefusedLine[] {
  if (refused.length === 0 || !/^[^\n]*"metlog"\s*:/.test(textOf(bytes))) return refused;
  return refused.map(({ line, error }) => ({ line: line + 1, error }));
}

const ignore = (): void => undefined;
