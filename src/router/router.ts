import { join } from 'node:path';
import type { Cancel, Clock } from '../core/platform.ts';
import { openArchive, type Archive, type ArchiveStats } from './archive.ts';
import { systemClock } from './clock.ts';
import { resolveRouterConfig, type ResolvedRouterConfig, type RouterConfig } from './config.ts';
import { StartError } from './errors.ts';
import type { Acceptance } from './input/acceptance.ts';
import type { InputStats } from './input/counters.ts';
import { startReceiver, type ReceiverClient } from './input/receiver-client.ts';
import type { LedgerStats } from './input/sender-ledger.ts';
import type { RecvBuffer } from './input/udp-socket.ts';
import { openCursor } from './journal/cursor.ts';
import type { Recovered } from './journal/recovery.ts';
import { createSegmentQueue, type SegmentQueue } from './journal/segment-queue.ts';
import type { Segment } from './journal/segment.ts';
import { openSetAside, type SetAsideStats } from './journal/set-aside.ts';
import { lockDataDir } from './lock.ts';
import { readSocketDrops } from './socket-drops.ts';

/** What a router has done, and what it holds. */
export interface RouterStats extends InputStats {
  /** What is known of senders: `missing` is what they numbered and what did not come. */
  readonly senders: LedgerStats;
  /** Datagrams that the kernel dropped because the receive buffer was full; undefined where the system does not tell. */
  readonly socketDrops: number | undefined;
  readonly recvBuffer: RecvBuffer;
  readonly journal: {
    /** Closed segments that someone still has to read. */
    readonly segments: number;
    readonly bytes: number;
    /** Segments that cannot be read, kept for a person to look at. */
    readonly setAside: SetAsideStats;
    /** What the last start cut off the journal's end. */
    readonly torn: Recovered['torn'];
  };
  readonly archive: ArchiveStats;
}

/** Receives messages, journals them, and brings them to the archive. */
export interface Router {
  /** Where it listens for datagrams. */
  readonly address: { readonly host: string; readonly port: number };
  /** Takes an HTTP body; resolves once what is good of it is journaled. Never rejects. */
  accept(body: Uint8Array, via: 'http'): Promise<Acceptance>;
  /** Calls with pieces of the journal's canonical text, whole headers and lines, as they are written. Costs nothing while nobody listens. */
  tap(listener: (text: string) => void): Cancel;
  stats(): Promise<RouterStats>;
  /** Stops input, journals what was received, archives what it can before the deadline, and gives the data folder free. Idempotent. */
  close(): Promise<void>;
}

export interface RouterDeps {
  /** Tells a person of something: a full disk, a small receive buffer. @default console.warn */
  readonly warn?: (text: string) => void;
  /** The router has stopped receiving, and will not by itself begin again. @default the same as `warn` */
  readonly onFailed?: (error: Error) => void;
  /** Time for the archive's side. @default the system's */
  readonly clock?: Clock;
}

/** The same warning is not repeated within this time. */
const WARN_AGAIN_MS = 60_000;

/**
 * Takes the data folder, takes up what an earlier run left, and listens. Rejects with ConfigError for a configuration that cannot be used,
 * and with StartError if the folder or the port cannot be had.
 */
export async function createRouter(config: RouterConfig = {}, deps: RouterDeps = {}): Promise<Router> {
  const options = resolveRouterConfig(config);
  const clock = deps.clock ?? systemClock;
  const warn = onceAWhile(deps.warn ?? ((text) => console.warn(`metlog: ${text}`)), clock);
  const lock = lockDataDir(options.dataDir);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    const archive = await openArchive(options.archive, { clock, onTrouble: warn }).catch(
      explainFolder(options.archive.dir),
    );
    undo.push(() => archive.close(0));
    const cursor = await openCursor(join(options.dataDir, 'cursors', 'archive'));
    const setAside = await openSetAside(join(options.dataDir, 'journal'), warn);
    const { queue, consumers } = createSegmentQueue({ maxBytes: options.journal.maxBytes }, [cursor], {
      clock,
      setAside,
      onAdded: () => archive.wake(),
      onTrouble: warn,
    });
    const receiver = await startReceiver(receiverOptions(options, Math.max(archive.end, cursor.offset)), {
      onClosed: (segment: Segment) => queue.add(segment),
      onTrouble: warn,
      onFailed: deps.onFailed ?? ((error) => warn(`receiving has ended: ${error.message}`)),
    });
    for (const segment of receiver.recovered.segments) queue.add(segment);
    for (const consumer of consumers) archive.start(consumer);
    tellOfStart(receiver, setAside.stats(), warn);
    return assemble(options, { receiver, archive, queue, release: () => lock.release() });
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

/** What the file system says of the archive's folder, in a sentence; other errors as they are. */
const explainFolder =
  (dir: string) =>
  (error: unknown): never => {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new StartError('data-dir-unusable', `the archive ${dir} cannot be written: ${error.message}`, error);
  };

interface Parts {
  readonly receiver: ReceiverClient;
  readonly archive: Archive;
  readonly queue: SegmentQueue;
  release(): void;
}

function assemble(options: ResolvedRouterConfig, { receiver, archive, queue, release }: Parts): Router {
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await receiver.close();
    await archive.close(options.closeDeadlineMs);
    await queue.idle();
    release();
  }

  return {
    address: receiver.address,
    accept: (body, via) => receiver.accept(body, via),
    tap: (listener) => receiver.tap(({ bytes }) => listener(textOf(bytes))).cancel,
    async stats() {
      const [{ input, senders }, socketDrops] = await Promise.all([
        receiver.stats(),
        readSocketDrops(receiver.address),
      ]);
      const { recvBuffer, recovered } = receiver;
      const journal = { segments: queue.segments, bytes: queue.bytes, setAside: queue.setAside, torn: recovered.torn };
      return { ...input, senders, socketDrops, recvBuffer, journal, archive: archive.stats() };
    },
    close: () => (closing ??= close()),
  };
}

const textOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString();

const receiverOptions = (
  { dataDir, udp, journal }: ResolvedRouterConfig,
  minOffset: number,
): Parameters<typeof startReceiver>[0] => ({
  udp,
  journalDir: join(dataDir, 'journal'),
  minOffset,
  maxSenders: journal.maxSenders,
  segmentMs: journal.segmentMs,
  segmentBytes: journal.segmentBytes,
  fsync: journal.fsync,
});

function tellOfStart(
  { recvBuffer, recovered }: ReceiverClient,
  setAside: SetAsideStats,
  warn: (text: string) => void,
): void {
  const { torn } = recovered;
  if (torn.segments > 0) {
    warn(
      `the last run was cut short: ${torn.bytes} bytes of unfinished text were cut off ${torn.segments} journal segments`,
    );
  }
  if (setAside.files > 0) {
    warn(`${setAside.files} segments that could not be read lie in the journal as .bad, ${setAside.bytes} bytes`);
  }
  if (recvBuffer.grantedBytes < recvBuffer.askedBytes) {
    warn(
      `the receive buffer has ${recvBuffer.grantedBytes} bytes instead of ${recvBuffer.askedBytes}, and bursts may be lost; ` +
        (process.platform === 'linux'
          ? `allow it with: sysctl -w net.core.rmem_max=${recvBuffer.askedBytes}`
          : 'the system allows no more'),
    );
  }
}

function onceAWhile(warn: (text: string) => void, clock: Clock): (text: string) => void {
  const saidAtMs = new Map<string, number>();
  return (text) => {
    const nowMs = clock.monotonic();
    if (nowMs - (saidAtMs.get(text) ?? Number.NEGATIVE_INFINITY) < WARN_AGAIN_MS) return;
    for (const [said, atMs] of saidAtMs) if (nowMs - atMs >= WARN_AGAIN_MS) saidAtMs.delete(said);
    saidAtMs.set(text, nowMs);
    warn(text);
  };
}
