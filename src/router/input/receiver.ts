import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../core/platform.ts';
import type { JournalFiles } from '../journal/files.ts';
import { recoverJournal, type Recovered } from '../journal/recovery.ts';
import type { Segment } from '../journal/segment.ts';
import { createJournalWriter } from '../journal/writer.ts';
import type { SegmentLimits } from '../journal/writer-options.ts';
import type { Written } from '../journal/written.ts';
import type { Acceptance, Via } from './acceptance.ts';
import { copyInputStats, createInputStats, type InputStats } from './counters.ts';
import { createIntake } from './intake.ts';
import type { KeyRules } from './keys.ts';
import type { LedgerStats } from './ledger.ts';
import { createSenderLedger } from './sender-ledger.ts';
import { openUdpSocket, type RecvBuffer, type UdpOptions } from './udp-socket.ts';

/** Plain data: it travels to the receiving thread. */
export interface ReceiverOptions extends SegmentLimits {
  readonly udp: UdpOptions;
  /** Folder of the journal; made if need be. */
  readonly journalDir: string;
  /** The next message's offset is at least this: what the archive holds is not numbered again. */
  readonly minOffset: number;
  readonly maxSenders: number;
  /** @default no keys: nothing that is signed is taken */
  readonly keys?: KeyRules | undefined;
}

export interface ReceiverDeps {
  readonly clock: Clock;
  readonly files: JournalFiles;
  /** A segment is closed. In the order of offsets. */
  onClosed(segment: Segment): void;
  /** Something that a person should know. */
  onTrouble(text: string): void;
}

export interface ReceiverStats {
  readonly input: InputStats;
  readonly senders: LedgerStats;
}

/** Everything that the receiving thread does: socket, decoding, deduplication, journal. */
export interface Receiver {
  readonly address: { readonly host: string; readonly port: number };
  readonly recvBuffer: RecvBuffer;
  /** What an earlier run left in the journal. */
  readonly recovered: Recovered;
  /** Offset of the first message that it took, or will take. */
  readonly firstOffset: number;
  accept(body: Uint8Array, via: Via): Promise<Acceptance>;
  /** Calls with what is journaled from now on; undefined stops it. The bytes are valid during the call. Returns the offset that comes next. */
  tap(onWritten: ((written: Written) => void) | undefined): number;
  /** Goes by these keys from now on. */
  setKeys(rules: KeyRules): void;
  stats(): ReceiverStats;
  /** Takes what the kernel has received, closes socket and journal; resolves once the last segment is announced. Idempotent. */
  close(): Promise<void>;
}

const SWEEP_MS = 1_000;

/** Recovers the journal, then listens. Rejects with StartError if the address cannot be had. */
export async function createReceiver(options: ReceiverOptions, deps: ReceiverDeps): Promise<Receiver> {
  const { clock } = deps;
  await mkdir(options.journalDir, { recursive: true });
  let onWritten: ((written: Written) => void) | undefined;
  const ledger = createSenderLedger({ maxSenders: options.maxSenders, knowsAll: options.minOffset === 0 });
  const recovered = await recoverJournal(options.journalDir, ({ sender, seq = 0, logger }, count, receivedMs) => {
    if (sender !== undefined) ledger.take(sender, seq, count, receivedMs, logger);
  });
  const firstOffset = Math.max(options.minOffset, recovered.nextOffset);
  const journal = createJournalWriter(
    {
      dir: options.journalDir,
      nextOffset: firstOffset,
      segmentMs: options.segmentMs,
      segmentBytes: options.segmentBytes,
      fsync: options.fsync,
    },
    {
      clock,
      files: deps.files,
      onClosed: deps.onClosed,
      onTrouble: deps.onTrouble,
      onWritten: (written) => onWritten?.(written),
    },
  );
  const stats = createInputStats();
  const intake = createIntake({
    now: clock.now,
    monotonic: clock.monotonic,
    ledger,
    journal,
    stats,
    keys: options.keys,
  });
  const socket = await openUdpSocket(options.udp, intake.take);
  let cancelSweep = clock.after(SWEEP_MS, sweep);
  let closing: Promise<void> | undefined;

  function sweep(): void {
    ledger.sweep(clock.now());
    intake.sweep();
    cancelSweep = clock.after(SWEEP_MS, sweep);
  }

  async function close(): Promise<void> {
    cancelSweep();
    await socket.close();
    intake.close();
    await journal.close();
  }

  return {
    address: socket.address,
    recvBuffer: socket.recvBuffer,
    recovered,
    firstOffset,
    accept: intake.accept,
    tap(listener) {
      onWritten = listener;
      return journal.nextOffset;
    },
    setKeys: intake.setKeys,
    stats: () => ({ input: copyInputStats(stats), senders: ledger.stats() }),
    close: () => (closing ??= close()),
  };
}
