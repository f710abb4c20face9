import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../core/platform.ts';
import { createDescriber } from '../exceptions/describer.ts';
import type { JournalFiles } from '../journal/files.ts';
import type { Recovered } from '../journal/recovery.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import { createJournalWriter } from '../journal/writer.ts';
import type { SegmentLimits } from '../journal/writer-options.ts';
import type { Written } from '../journal/written.ts';
import { createMaps, type MapsStats } from '../maps/maps-client.ts';
import type { Acceptance, Via } from './acceptance.ts';
import { copyInputStats, createInputStats, type InputStats } from './counters.ts';
import { createIntake } from './intake.ts';
import type { KeyRules } from './keys.ts';
import type { LedgerStats } from './ledger.ts';
import { createLedgerKeeper } from './ledger-keeper.ts';
import type { LedgerSummary } from './ledger-summary.ts';
import { openLedger } from './open-ledger.ts';
import { openUdpSocket, type RecvBuffer, type UdpOptions } from './udp-socket.ts';

/** Plain data: it travels to the receiving thread. */
export interface ReceiverOptions extends SegmentLimits {
  readonly udp: UdpOptions;
  /** Folder of the journal; made if need be. */
  readonly journalDir: string;
  /** The next message's offset is at least this: what the archive holds is not numbered again. */
  readonly minOffset: number;
  readonly maxSenders: number;
  /** File that the book of senders is kept in. @default none: a restart knows only what is in the journal */
  readonly ledgerPath?: string | undefined;
  /** Folder of source maps. @default none are asked */
  readonly mapsDir?: string | undefined;
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
  /** The book of senders is on disk: what lies before this offset in the journal it does not need any more. */
  onLedgerSaved?: (offset: number) => void;
}

export interface ReceiverStats {
  readonly input: InputStats;
  readonly senders: LedgerStats;
  readonly maps: MapsStats;
}

/** Everything that the receiving thread does: socket, decoding, deduplication, journal. */
export interface Receiver {
  readonly address: { readonly host: string; readonly port: number };
  readonly recvBuffer: RecvBuffer;
  /** What an earlier run left in the journal. */
  readonly recovered: Recovered;
  /** Offset of the first message that it took, or will take. */
  readonly firstOffset: number;
  /** What lies before it in the journal the book of senders does not need. */
  readonly ledgerOffset: number;
  accept(body: Uint8Array, via: Via, key?: string): Promise<Acceptance>;
  /** Calls with what is journaled from now on; undefined stops it. The bytes are valid during the call. Returns the offset that comes next. */
  tap(onWritten: ((written: Written) => void) | undefined): number;
  /** Goes by these keys from now on. */
  setKeys(rules: KeyRules): void;
  stats(): ReceiverStats;
  /** The path's book; with a million senders it takes some milliseconds. */
  ledger(): LedgerSummary;
  /** Takes what the kernel has received, closes socket and journal; resolves once the last segment is announced. Idempotent. */
  close(): Promise<void>;
}

const SWEEP_MS = 1_000;
/** How long a message waits for others of its sender, in milliseconds: those of one millisecond share a header. */
const JOIN_MS = 1;

/** Recovers the journal, then listens. Rejects with StartError if the address cannot be had. */
export async function createReceiver(options: ReceiverOptions, deps: ReceiverDeps): Promise<Receiver> {
  const { clock } = deps;
  await mkdir(options.journalDir, { recursive: true });
  let onWritten: ((written: Written) => void) | undefined;
  const { ledger, recovered, savedOffset, minOffset } = await openLedger(
    { ...options, nowMs: clock.now() },
    deps.onTrouble,
  );
  const firstOffset = Math.max(minOffset, recovered.nextOffset);
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
      onClosed(segment) {
        keeper?.journaled(endOf(segment));
        deps.onClosed(segment);
      },
      onTrouble: deps.onTrouble,
      onWritten: (written) => onWritten?.(written),
    },
  );
  const stats = createInputStats();
  const keeper =
    options.ledgerPath === undefined
      ? undefined
      : createLedgerKeeper(
          { path: options.ledgerPath, savedOffset, journaledTo: firstOffset },
          {
            clock,
            image: ledger.image,
            position() {
              // What waits to be joined would be overtaken by what comes next, or have more joined to it.
              intake.flush();
              return journal.nextOffset + stats.pending;
            },
            failures: () => stats.journalFailed,
            onSaved: (offset) => deps.onLedgerSaved?.(offset),
            onTrouble: deps.onTrouble,
          },
        );
  const maps = options.mapsDir === undefined ? undefined : createMaps(options.mapsDir, deps);
  const intake = createIntake({
    now: clock.now,
    monotonic: clock.monotonic,
    soon: (task) => clock.after(JOIN_MS, task),
    ledger,
    journal,
    stats,
    keys: options.keys,
    describer: createDescriber(maps),
  });
  const socket = await openUdpSocket(options.udp, intake.take);
  let cancelSweep = clock.after(SWEEP_MS, sweep);
  let closing: Promise<void> | undefined;

  function sweep(): void {
    if (keeper?.isCopying !== true) ledger.sweep(clock.now());
    keeper?.tick();
    intake.sweep();
    cancelSweep = clock.after(SWEEP_MS, sweep);
  }

  async function close(): Promise<void> {
    cancelSweep();
    await socket.close();
    await intake.close();
    await maps?.close();
    await journal.close();
    await keeper?.close();
  }

  return {
    address: socket.address,
    recvBuffer: socket.recvBuffer,
    recovered,
    firstOffset,
    ledgerOffset: savedOffset,
    accept: intake.accept,
    tap(listener) {
      onWritten = listener;
      return journal.nextOffset;
    },
    setKeys: intake.setKeys,
    stats: () => ({
      input: copyInputStats(stats),
      senders: ledger.stats(),
      maps: maps?.stats() ?? { asked: 0, broken: 0, late: 0 },
    }),
    ledger: ledger.summary,
    close: () => (closing ??= close()),
  };
}
