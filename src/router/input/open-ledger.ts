import { rename } from 'node:fs/promises';
import { messageOf } from '../../core/text-of.ts';
import { recoverJournal, type Recovered, type RecoveredRun } from '../journal/recovery.ts';
import type { SenderLedger } from './ledger.ts';
import { readLedgerFile, type SavedLedger } from './ledger-file.ts';
import { REPORT_START } from './read-report.ts';
import { bookName, KEY_WORDS, readSenderKey } from './sender-key.ts';
import { createSenderLedger } from './sender-ledger.ts';
import { shardOf } from './shard-of.ts';

export interface OpenLedgerOptions {
  /** File that the ledger is saved in. @default it is not saved */
  readonly ledgerPath?: string | undefined;
  readonly journalDir: string;
  /** What comes before this offset an earlier run had. */
  readonly minOffset: number;
  readonly maxSenders: number;
  readonly nowMs: number;
}

export interface OpenedLedger {
  readonly ledger: SenderLedger;
  readonly recovered: Recovered;
  /** What was saved is this far in the journal, and all that follows was there too. */
  readonly savedOffset: number;
  /** The next message's offset is at least this. */
  readonly minOffset: number;
}

/** Recovers the journal, and with it the ledger: what was saved, and what the journal has from there on. Rejects if the journal cannot be read. */
export async function openLedger(options: OpenLedgerOptions, onTrouble: (text: string) => void): Promise<OpenedLedger> {
  const { ledgerPath, minOffset, maxSenders, nowMs } = options;
  const saved = ledgerPath === undefined ? undefined : await readSaved(ledgerPath, onTrouble);
  let ledger: SenderLedger | undefined;
  const begin = (firstOffset: number): SenderLedger => {
    ledger = createSenderLedger({ maxSenders, nowMs, knowsAll: firstOffset === 0 && saved !== 'damaged' });
    if (typeof saved === 'object') {
      ledger.image.load(
        saved.shards.map(({ senders }) => senders),
        saved.books,
      );
    }
    return ledger;
  };
  const savedOffset =
    typeof saved === 'object' ? Math.min(saved.offset, ...saved.shards.map(({ offset }) => offset)) : 0;
  const recovered = await recoverJournal(options.journalDir, {
    readFrom: savedOffset,
    // The journal's first offset says whether it has all that ever came.
    onRun(run, journalFirst) {
      replay((ledger ??= begin(journalFirst)), run, typeof saved === 'object' ? saved : undefined);
    },
  });
  return {
    ledger: ledger ?? begin(minOffset),
    recovered,
    savedOffset,
    minOffset: typeof saved === 'object' ? Math.max(minOffset, saved.offset) : minOffset,
  };
}

async function readSaved(
  path: string,
  onTrouble: (text: string) => void,
): Promise<SavedLedger | undefined | 'damaged'> {
  try {
    return await readLedgerFile(path);
  } catch (error) {
    onTrouble(
      `the book of senders cannot be read and lies aside as ${path}.bad: ${messageOf(error)}; it begins anew with what the journal has`,
    );
    await rename(path, `${path}.bad`);
    return 'damaged';
  }
}

/**
 * Takes again what came in the earlier run, as far as it is not in what was saved. Of a datagram of which every line was refused the journal has nothing: if it came
 * after the ledger was saved for the last time before a crash, its numbers are missing.
 */
function replay(ledger: SenderLedger, run: RecoveredRun, saved: SavedLedger | undefined): void {
  const { header, first, count, receivedMs } = run;
  const { seq = 0, logger } = header;
  const sender = bookName(header);
  if (sender === undefined || first < senderOffset(sender, saved)) return;
  const [from, length] = run.took ?? [seq, count];
  const task = (): void => {
    ledger.take(sender, from, length, receivedMs, logger);
    const line = run.lastLine();
    if (line.startsWith(REPORT_START)) ledger.report(sender, seq + count, line, receivedMs);
  };
  if (first < (saved?.offset ?? 0)) ledger.image.uncounted(task);
  else task();
}

/** How far in the journal what was saved of this sender is. */
function senderOffset(sender: string, saved: SavedLedger | undefined): number {
  if (saved === undefined) return 0;
  const key = new Uint32Array(KEY_WORDS);
  const length = readSenderKey(sender, key);
  return saved.shards[shardOf(key, length, saved.shards.length)]?.offset ?? 0;
}
