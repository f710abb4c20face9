import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Cancel, Clock } from '../core/platform.ts';
import type { ArchiveDeps } from './archive/archive-parts.ts';
import { openArchive, type Archive, type ArchiveStats } from './archive/archive.ts';
import { lockArchive } from './archive/lock-archive.ts';
import { systemClock } from './clock.ts';
import { resolveRouterConfig, type ResolvedRouterConfig, type RouterConfig } from './config.ts';
import { openDelivery } from './delivery/delivery.ts';
import type { Delivery, DeliveryStats } from './delivery/delivery-port.ts';
import type { ReplayResult } from './delivery/replay-result.ts';
import { ConfigError, StartError } from './errors.ts';
import type { Acceptance } from './input/acceptance.ts';
import type { InputStats } from './input/counters.ts';
import { startReceiver, type ReceiverClient, type Tap } from './input/receiver-client.ts';
import type { LedgerStats } from './input/ledger.ts';
import type { LedgerSummary } from './input/ledger-summary.ts';
import type { RecvBuffer } from './input/udp-socket.ts';
import { openCursor } from './journal/cursor.ts';
import type { Recovered } from './journal/recovery.ts';
import { createSegmentQueue, type SegmentQueue } from './journal/segment-queue.ts';
import { openSetAside, type SetAsideStats } from './journal/set-aside.ts';
import { lockDataDir } from './lock/lock.ts';
import type { MapsStats } from './maps/maps-client.ts';
import { createMapStore, MAPS_FOLDER, type MapName, type Stored } from './maps/map-store.ts';
import { onceAWhile } from './once-a-while.ts';
import { readSocketDrops } from './socket-drops.ts';
import { tellOfStart } from './tell-of-start.ts';

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
  readonly maps: MapsStats;
  /** The book of each sink. */
  readonly sinks: DeliveryStats['sinks'];
  /** Messages that came while there were sinks and that no route took. */
  readonly unmatched: number;
  /** Messages that no sink can have, as the journal is damaged where they lie. */
  readonly unread: number;
  /**
   * Messages that waited for sinks which are not configured any more, at most: of one that was missing at the start, all messages of the journal that
   * were not looked at for it.
   */
  readonly abandoned: number;
}

/** Receives messages, journals them, and brings them to the archive and to the sinks that its routes name. */
export interface Router {
  /** Where it listens for datagrams. */
  readonly address: { readonly host: string; readonly port: number };
  /**
   * Takes an HTTP body; resolves once what is good of it is journaled. `key`: id of the key, one without a secret, that a relay has let its page
   * in with; its lines are held against the key's loggers and types. Never rejects.
   */
  accept(body: Uint8Array, via: 'http', key?: string): Promise<Acceptance>;
  /** Calls with pieces of the journal's canonical text, whole headers and lines, as they are written. Costs nothing while nobody listens. */
  tap(listener: (text: string) => void): Cancel;
  stats(): Promise<RouterStats>;
  /** The path's book: what senders numbered, what came of it, and what they dropped themselves; by logger and hour. */
  ledger(): Promise<LedgerSummary>;
  /** Keeps a source map, for the exceptions of pages that come from now on. */
  putMap(name: MapName, text: AsyncIterable<Uint8Array>): Promise<Stored>;
  /** Delivers the dead letters of a sink again, to it alone; undefined if there is no sink of this name. */
  replay(sink: string): Promise<ReplayResult | undefined>;
  /**
   * Takes over the sinks, routes, keys and registered types of another configuration for what comes from now on. Rejects, with nothing changed, if it cannot be used,
   * if it changes what needs a new start (ConfigError), or if a sink cannot be opened. Resolves once sinks that are gone have delivered the
   * rest, or some seconds have passed.
   */
  reload(config: RouterConfig): Promise<void>;
  /** Stops input, journals what was received, archives and delivers what it can before the deadline, and gives the folders free. Idempotent. */
  close(): Promise<void>;
}

export interface RouterDeps {
  /** Tells a person of something: a full disk, a small receive buffer. @default console.warn */
  readonly warn?: (text: string) => void;
  /** The router has stopped receiving, and will not by itself begin again. @default the same as `warn` */
  readonly onFailed?: (error: Error) => void;
  /** Time for all but receiving and the locks of the folders, which other processes look at. @default the system's */
  readonly clock?: Clock;
  /** Opens the store that the archive is copied to. @default by what its URL begins with */
  readonly openRemote?: ArchiveDeps['openRemote'];
}

/**
 * Takes the data folder and the archive, takes up what an earlier run left, and listens. Rejects with ConfigError for a configuration that cannot be used,
 * and with StartError if a folder or the port cannot be had.
 */
export async function createRouter(config: RouterConfig = {}, deps: RouterDeps = {}): Promise<Router> {
  const options = resolveRouterConfig(config);
  const clock = deps.clock ?? systemClock;
  const warn = onceAWhile(deps.warn ?? ((text) => console.warn(`metlog: ${text}`)), clock);
  const locks = [await lockDataDir(options.dataDir, { warn })];
  const release = (): void => locks.forEach((lock) => lock.release());
  const undo: (() => Promise<void> | void)[] = [release];
  try {
    locks.push(await lockArchive(options.archive.dir, { warn }));
    const archive = await openArchive(
      { ...options.archive, types: options.types },
      { clock, onTrouble: warn, openRemote: deps.openRemote },
    ).catch(explainFolder(options.archive.dir));
    undo.push(() => archive.close(0));
    const cursor = await openCursor(join(options.dataDir, 'cursors', 'archive'));
    const setAside = await openSetAside(join(options.dataDir, 'journal'), warn);
    const { queue, consumers } = createSegmentQueue({ maxBytes: options.journal.maxBytes }, [cursor], {
      clock,
      setAside,
      onAdded: () => archive.wake(),
      onTrouble: warn,
    });
    const delivery = await openDelivery(
      {
        dataDir: options.dataDir,
        segmentBytes: options.journal.segmentBytes,
        sinks: options.sinks,
        routes: options.routes,
      },
      { clock, queue, onTrouble: warn },
    );
    undo.push(() => delivery.close(0));
    queue.join(delivery.reader);
    // What the book of senders needs after a crash stays too, but not at the cost of what nobody has read.
    const ledgerReader = { offset: 0, holds: () => false, expire: () => 0 };
    queue.join(ledgerReader);
    const minOffset = Math.max(archive.end, cursor.offset, delivery.minOffset);
    const receiver = await startReceiver(receiverOptions(options, minOffset), {
      onClosed(segment) {
        queue.add(segment);
        delivery.closeSegment(segment);
      },
      onLedgerSaved(offset) {
        ledgerReader.offset = offset;
        queue.tidy();
      },
      onTrouble: warn,
      onFailed: deps.onFailed ?? ((error) => warn(`receiving has ended: ${error.message}`)),
      isTapped: delivery.hasSinks,
    });
    // At once, so that nothing is missed.
    const tap = delivery.hasSinks ? receiver.tap(delivery.push) : undefined;
    undo.push(() => receiver.close());
    ledgerReader.offset = Math.max(ledgerReader.offset, receiver.ledgerOffset);
    const { segments } = receiver.recovered;
    for (const segment of segments) queue.add(segment);
    await delivery.start(segments, receiver.firstOffset);
    for (const consumer of consumers) archive.start(consumer, receiver.firstOffset);
    tellOfStart(receiver, setAside.stats(), warn);
    return assemble(options, { receiver, archive, delivery, tap, queue, release });
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
  readonly delivery: Delivery;
  /** What brings the delivery what is written, where there are sinks. */
  readonly tap: Tap | undefined;
  readonly queue: SegmentQueue;
  release(): void;
}

function assemble(options: ResolvedRouterConfig, parts: Parts): Router {
  const { receiver, archive, delivery, queue, release } = parts;
  let { tap } = parts;
  let closing: Promise<void> | undefined;

  async function reload(config: RouterConfig): Promise<void> {
    if (closing !== undefined) throw new Error('the router is closed');
    const next = resolveRouterConfig(config);
    refuseRestart(options, next);
    await delivery.reload(
      next,
      () => {
        tap = receiver.tap(delivery.push);
        return tap.from;
      },
      // At once: while sinks that are gone finish their work, datagrams come by the new keys, and by old ones that are not to be taken any more.
      () => receiver.setKeys(next.signatures),
    );
    if (!delivery.hasSinks) tap?.cancel();
    await archive.setTypes(next.types);
  }

  async function close(): Promise<void> {
    await receiver.close();
    await Promise.all([archive.close(options.closeDeadlineMs), delivery.close(options.closeDeadlineMs)]);
    await queue.idle();
    release();
  }

  return {
    address: receiver.address,
    accept: (body, via, key) => receiver.accept(body, via, key),
    tap: (listener) => receiver.tap(({ bytes }) => listener(textOf(bytes))).cancel,
    async stats() {
      const [{ input, senders, maps }, socketDrops] = await Promise.all([
        receiver.stats(),
        readSocketDrops(receiver.address),
      ]);
      const { recvBuffer, recovered } = receiver;
      const journal = { segments: queue.segments, bytes: queue.bytes, setAside: queue.setAside, torn: recovered.torn };
      return {
        ...input,
        senders,
        maps,
        socketDrops,
        recvBuffer,
        journal,
        archive: archive.stats(),
        ...delivery.stats(),
      };
    },
    ledger: () => receiver.ledger(),
    putMap: createMapStore(join(options.dataDir, MAPS_FOLDER)).put,
    replay: (sink) => delivery.replay(sink),
    reload,
    close: () => (closing ??= close()),
  };
}

const textOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString();

const receiverOptions = (
  { dataDir, udp, journal, signatures }: ResolvedRouterConfig,
  minOffset: number,
): Parameters<typeof startReceiver>[0] => ({
  udp,
  journalDir: join(dataDir, 'journal'),
  ledgerPath: join(dataDir, 'senders.ledger'),
  mapsDir: join(dataDir, MAPS_FOLDER),
  minOffset,
  maxSenders: journal.maxSenders,
  segmentMs: journal.segmentMs,
  segmentBytes: journal.segmentBytes,
  fsync: journal.fsync,
  keys: signatures,
});

/** What is settled when a router starts. */
const FIXED = ['dataDir', 'udp', 'journal', 'archive', 'closeDeadlineMs'] as const;

function refuseRestart(now: ResolvedRouterConfig, next: ResolvedRouterConfig): void {
  const { isExceptRouted, except } = now.archive;
  if (isExceptRouted && next.archive.isExceptRouted && !isDeepStrictEqual(except, next.archive.except)) {
    const why = 'the matches of routes cannot change while the router runs where archive.except is "routed"';
    throw new ConfigError('bad-option', `${why}: restart it`);
  }
  for (const option of FIXED) {
    if (isDeepStrictEqual(now[option], next[option])) continue;
    throw new ConfigError('bad-option', `${option} cannot change while the router runs: restart it`);
  }
}
