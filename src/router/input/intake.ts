import { isChunk } from '../../core/chunks.ts';
import { decode, type Decoded, type DecodedBatch } from '../../core/decode.ts';
import type { Header } from '../../core/header.ts';
import { refusal, type RefusalReason } from '../../core/refusal.ts';
import type { JournalWriter } from '../journal/writer.ts';
import { MAX_LISTED_REFUSALS, type Acceptance, type RefusedLine, type Via } from './acceptance.ts';
import { createReassembly } from './chunks.ts';
import { countRefused, type MutableInputStats } from './counters.ts';
import type { KeyRules } from './keys.ts';
import { buildRuns, type Piece } from './run-builder.ts';
import type { Fresh, SenderLedger } from './ledger.ts';
import { REPORT_START } from './read-report.ts';
import { createVerifier, MAX_SIGNED_AGE_MS, type VerifiedKey } from './signatures.ts';
import type { Source } from './udp-socket.ts';

/** Brings datagrams and bodies into the journal. */
export interface Intake {
  /** Takes a datagram. */
  take(bytes: Uint8Array, source: Source): void;
  /** Takes a body and resolves once what is good of it is journaled. Never rejects. */
  accept(bytes: Uint8Array, via: Via): Promise<Acceptance>;
  /** Goes by these keys from now on. */
  setKeys(rules: KeyRules): void;
  /** Gives up messages whose chunks do not come. Called every second. */
  sweep(): void;
  /** Gives up what is not complete. */
  close(): void;
}

export interface IntakeDeps {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly ledger: SenderLedger;
  readonly journal: Pick<JournalWriter, 'append'>;
  readonly stats: MutableInputStats;
  /** @default no keys */
  readonly keys?: KeyRules | undefined;
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

const NO_KEYS: KeyRules = { keys: {}, allowUnsigned: true };

export function createIntake({ now, monotonic, ledger, journal, stats, keys = NO_KEYS }: IntakeDeps): Intake {
  const verifier = createVerifier(keys);
  const reassembly = createReassembly(stats, monotonic);

  /** Reads a body, counts it, and hands what is good to the journal; a reason if nothing could be read, and else `onSettled` is called. */
  function process(
    bytes: Uint8Array,
    via: Via,
    onRefused: OnRefused,
    onSettled: (outcome: Outcome) => void,
  ): RefusalReason | undefined {
    if (bytes.length > MAX_BODY_BYTES) return reject('too-large');
    const receivedMs = now();
    const verdict = verifier.check(asBuffer(bytes), via);
    if (verdict.status === 'refused') return reject(verdict.reason);
    const isSigned = verdict.status === 'signed';
    const decoded = decode(textOf(isSigned ? bytes.subarray(0, -verdict.signatureBytes) : bytes), receivedMs);
    if (!decoded.ok) return reject(decoded.reason);
    if (decoded.batches.some(isBeyondNumbers)) return reject('bad-header');
    if (isSigned && isStale(decoded, receivedMs)) return reject('stale');
    const key = isSigned ? verdict.key : undefined;
    stats.read++;
    const outcome: Outcome = { acceptedCount: 0, duplicateCount: 0, hasFailed: false };
    let waiting = 1; // for this function to have handed over everything
    const settleOne = (): void => {
      if (--waiting === 0) onSettled(outcome);
    };
    decoded.batches.forEach((given, batchNumber) => {
      const batch = key ? allowed(given, key) : given;
      stats.lines += batch.lines.length;
      const fresh = enter(batch, receivedMs);
      const { pieces, duplicateCount } = buildRuns(batch, fresh, { receivedMs, via, key: key?.id }, (index, reason) => {
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

  /** Writes the batch into its sender's book. A report ends the datagram that it comes in, so that looking for it costs nothing. */
  function enter({ header, lines }: DecodedBatch, receivedMs: number): Fresh {
    const { sender, seq = 0, logger } = header;
    if (sender === undefined) return 'all';
    const fresh = ledger.take(sender, seq, lines.length, receivedMs, logger);
    const last = lines.at(-1);
    if (typeof last === 'string' && last.startsWith(REPORT_START)) {
      ledger.report(sender, seq + lines.length, last, receivedMs);
    }
    return fresh;
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
    stats.rejected++;
    countRefused(stats, reason);
    return reason;
  }

  function count(bytes: Uint8Array): void {
    stats.datagrams++;
    stats.bytes += bytes.length;
  }

  function takeChunk(bytes: Uint8Array, { address, port }: Source): void {
    const whole = reassembly.take(bytes, `${address} ${port}`);
    if (whole === undefined) return;
    if (isChunk(whole)) reject('bad-chunk');
    else process(whole, 'udp', ignore, ignore);
  }

  return {
    take(bytes, source) {
      count(bytes);
      if (isChunk(bytes)) takeChunk(bytes, source);
      else process(bytes, 'udp', ignore, ignore);
    },
    accept(bytes, via) {
      count(bytes);
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
    setKeys: verifier.setRules,
    sweep: reassembly.sweep,
    close: reassembly.close,
  };
}

const textOf = (bytes: Uint8Array): string => asBuffer(bytes).toString();

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Signed text may be taken from the wire and sent again; not for long. */
function isStale(decoded: Decoded & { ok: true }, receivedMs: number): boolean {
  const sent = decoded.batches[0]?.header.sent;
  return sent === undefined || Math.abs(receivedMs - Date.parse(sent)) > MAX_SIGNED_AGE_MS;
}

/** The batch without the lines that `key` may not sign. */
function allowed({ header, lines }: DecodedBatch, key: VerifiedKey): DecodedBatch {
  const isAllowed = (line: string): boolean => key.mayUse(line, header.logger);
  return {
    header,
    lines: lines.map((line) => (typeof line !== 'string' || isAllowed(line) ? line : refusal('not-allowed'))),
  };
}

/** Numbers past 2^53 run into each other. */
const isBeyondNumbers = ({ header, lines }: DecodedBatch): boolean =>
  header.seq !== undefined && !Number.isSafeInteger(header.seq + lines.length);

/** The refused lines as numbered in the body: below a header line they are one further down. */
function numbered(refused: readonly RefusedLine[], bytes: Uint8Array): readonly RefusedLine[] {
  if (refused.length === 0 || !/^[^\n]*"metlog"\s*:/.test(textOf(bytes))) return refused;
  return refused.map(({ line, error }) => ({ line: line + 1, error }));
}

const ignore = (): void => undefined;
