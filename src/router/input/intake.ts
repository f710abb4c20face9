import { decode, type DecodedBatch } from '../../core/decode.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import type { JournalWriter } from '../journal/writer.ts';
import type { Acceptance, RefusedLine, Via } from './acceptance.ts';
import { countRefused, type MutableInputStats } from './counters.ts';
import { buildRuns } from './run-builder.ts';
import type { Fresh, SenderLedger } from './sender-ledger.ts';

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

/** What one body comes to before it is journaled. */
interface Sorted {
  readonly text: string;
  readonly acceptedCount: number;
  readonly duplicateCount: number;
  /** What the ledger noted, so that it can be given back. */
  readonly noted: readonly { readonly batch: DecodedBatch; readonly fresh: Fresh }[];
}

/** Longest body that is decoded, in bytes: two messages of the longest kind. A longer one would stop the thread for tens of milliseconds. */
export const MAX_BODY_BYTES: number = 2 * 1024 * 1024;

export function createIntake({ now, ledger, journal, stats }: IntakeDeps): Intake {
  /** Reads a body, counts it, and hands what is good to the journal; a reason if nothing could be read. */
  function process(
    bytes: Uint8Array,
    via: Via,
    onRefused: OnRefused,
    onSettled: (sorted: Sorted, journaled: boolean) => void,
  ): RefusalReason | undefined {
    stats.datagrams++;
    stats.bytes += bytes.length;
    if (bytes.length > MAX_BODY_BYTES) return reject('too-large');
    const receivedMs = now();
    const decoded = decode(textOf(bytes), receivedMs);
    if (!decoded.ok) return reject(decoded.reason);
    if (decoded.batches.some(isBeyondNumbers)) return reject('bad-header');
    const sorted = sort(decoded.batches, receivedMs, via, onRefused);
    stats.duplicates += sorted.duplicateCount;
    if (sorted.acceptedCount === 0) {
      onSettled(sorted, true);
      return undefined;
    }
    stats.pending += sorted.acceptedCount;
    journal.append(sorted.text, sorted.acceptedCount, receivedMs, (journaled) => {
      stats.pending -= sorted.acceptedCount;
      stats[journaled ? 'accepted' : 'journalFailed'] += sorted.acceptedCount;
      if (!journaled) giveBack(sorted);
      onSettled(sorted, journaled);
    });
    return undefined;
  }

  function reject(reason: RefusalReason): RefusalReason {
    countRefused(stats, reason);
    return reason;
  }

  function sort(batches: readonly DecodedBatch[], receivedMs: number, via: Via, onRefused: OnRefused): Sorted {
    let text = '';
    let acceptedCount = 0;
    let duplicateCount = 0;
    const noted = batches.map((batch, number) => {
      const { sender, seq = 0 } = batch.header;
      const fresh = sender === undefined ? 'all' : ledger.take(sender, seq, batch.lines.length, receivedMs);
      const runs = buildRuns(batch, fresh, receivedMs, via, (index, reason) => {
        countRefused(stats, reason);
        onRefused(number, index, reason);
      });
      text += runs.text;
      acceptedCount += runs.acceptedCount;
      duplicateCount += runs.duplicateCount;
      return { batch, fresh };
    });
    return { text, acceptedCount, duplicateCount, noted };
  }

  function giveBack(sorted: Sorted): void {
    for (const { batch, fresh } of sorted.noted) {
      const { sender, seq = 0 } = batch.header;
      if (sender === undefined || fresh === 'none') continue;
      const ranges = fresh === 'all' ? [0, batch.lines.length] : fresh;
      for (let i = 0; i < ranges.length; i += 2) {
        const [from = 0, to = 0] = ranges.slice(i, i + 2);
        ledger.giveBack(sender, seq + from, seq + to);
      }
    }
  }

  return {
    take(bytes) {
      process(bytes, 'udp', ignore, ignore);
    },
    accept(bytes, via) {
      return new Promise((resolve) => {
        const refused: RefusedLine[] = [];
        const rejected = process(
          bytes,
          via,
          // A deployed client's messages are batches of one, without a header's line.
          (batchNumber, index, error) => refused.push({ line: batchNumber + index + 1, error }),
          ({ acceptedCount, duplicateCount }, journaled) => {
            if (!journaled) resolve({ rejected: 'journal-failed' });
            else resolve({ accepted: acceptedCount, duplicates: duplicateCount, refused: numbered(refused, bytes) });
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
