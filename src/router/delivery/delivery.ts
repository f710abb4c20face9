import { join } from 'node:path';
import { messageOf } from '../../core/text-of.ts';
import { startCensus, type Census } from '../feed/census.ts';
import { createEpochs } from '../feed/epochs.ts';
import { createFeed } from '../feed/feed.ts';
import { createJournalReader } from '../feed/journal-reader.ts';
import { createTrack, type Track } from '../feed/track.ts';
import type { Cursor } from '../journal/cursor.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import type { Reader } from '../journal/segment-queue.ts';
import { beforeDeadline } from './before-deadline.ts';
import { createGuardedCompiler } from './guarded-compiler.ts';
import { openDeadLetters, type DeadLetters } from './dead-letters.ts';
import type { Delivery, DeliveryConfig, DeliveryDeps, DeliveryOptions } from './delivery-port.ts';
import { closeSinks, openSinks, type OpenedSink } from './opened-sinks.ts';
import { openOutlet, type Outlet } from './outlet.ts';
import { openSinkCursor, openSinkCursors } from './sink-cursors.ts';

/** What one sink needs beside its way through the journal. */
interface Prepared {
  readonly opened: OpenedSink;
  readonly cursor: Cursor;
  readonly deadLetters: DeadLetters;
}

/** Text that is kept for sinks about to catch up: the segment that is open, and what comes while the one before it is read. */
const WINDOW_SEGMENTS = 2;
/** How long sinks may go on that are not configured any more, in milliseconds. */
const DRAIN_MS = 5_000;
/** The part of a deadline that a reload under way may take: the rest is for the sinks that it does not concern. */
const RELOAD_RATIO = 0.5;
/** Left of a deadline for the cursors, in milliseconds. */
const SAVE_MS = 250;

/** Opens the sinks; nothing is delivered before `start`. Rejects if one cannot be opened, with the others closed again. */
export async function openDelivery(options: DeliveryOptions, deps: DeliveryDeps): Promise<Delivery> {
  const { clock, queue, onTrouble } = deps;
  const cursorDir = join(options.dataDir, 'cursors');
  const compile = createGuardedCompiler(onTrouble);
  const epochs = createEpochs(compile(options));
  const outlets = new Map<string, Outlet>();
  const { cursors, orphans } = await openSinkCursors(cursorDir, Object.keys(options.sinks));
  const prepared = await prepare(await openSinks(options.sinks, deps), (name) => Promise.resolve(cursors.get(name)));
  let abandonedCount = 0;
  let hasSinks = prepared.size > 0;
  let census: Census | undefined;
  let closing: Promise<void> | undefined;
  let reloading: Promise<void> = Promise.resolve();

  const feed = createFeed(
    { windowBytes: WINDOW_SEGMENTS * options.segmentBytes },
    { clock, epochs, reader: createJournalReader({ queue, clock }), rest, onTrouble },
  );

  /** Rejects with the sinks closed again. */
  async function prepare(
    sinks: ReadonlyMap<string, OpenedSink>,
    cursorOf: (name: string) => Promise<Cursor | undefined>,
  ): Promise<Map<string, Prepared>> {
    const all = new Map<string, Prepared>();
    try {
      for (const [name, opened] of sinks) {
        const cursor = (await cursorOf(name)) ?? (await openSinkCursor(cursorDir, name));
        all.set(name, { opened, cursor, deadLetters: await openLetters(name) });
      }
    } catch (error) {
      await closeSinks(sinks.values(), deps);
      for (const { deadLetters } of all.values()) await deadLetters.close();
      throw error;
    }
    return all;
  }

  /** Closes what nothing was delivered with. */
  async function discard(all: Iterable<Prepared>): Promise<void> {
    const parts = [...all];
    await closeSinks(
      parts.map(({ opened }) => opened),
      deps,
    );
    for (const { deadLetters } of parts) await deadLetters.close();
  }

  function openLetters(name: string): Promise<DeadLetters> {
    return openDeadLetters({ dir: join(options.dataDir, 'dead-letter'), name }, { clock, onTrouble });
  }

  function joinTrack(name: string, start: number): Track {
    const track = createTrack(
      { name, start },
      {
        clock,
        epochs,
        feed,
        reader: createJournalReader({ queue, clock }),
        rest,
        onMoved: () => outlets.get(name)?.touch(),
        onTrouble,
      },
    );
    feed.join(track);
    return track;
  }

  function begin(track: Track, parts: Prepared): void {
    const outlet = openOutlet({ track, ...parts }, { clock, random: Math.random, onSaved, onTrouble });
    outlets.set(track.name, outlet);
    outlet.touch();
  }

  function onSaved(): void {
    epochs.forget(Math.min(census?.end ?? 0, feed.end, ...[...outlets.values()].map(({ track }) => track.settled)));
    queue.tidy();
  }

  async function removeOrphans(journalEnd: number): Promise<void> {
    for (const [name, cursor] of orphans) {
      await cursor.remove();
      const count = Math.max(0, journalEnd - cursor.offset);
      abandonedCount += count;
      if (count > 0)
        onTrouble(`${name} is no sink any more; ${count} messages of the journal were not looked at for it`);
    }
  }

  async function start(segments: readonly Segment[], firstOffset: number): Promise<void> {
    await removeOrphans(firstOffset);
    const tracks: Track[] = [];
    for (const [name, { cursor }] of prepared) {
      tracks.push(joinTrack(name, cursor.isNew ? firstOffset : cursor.offset));
    }
    census = startCensus(segments, tracks, { epochs, rest, onCounted: queue.tidy, onTrouble });
    for (const track of tracks) {
      const parts = prepared.get(track.name);
      if (parts !== undefined) begin(track, parts);
    }
    prepared.clear();
    if (hasSinks) feed.start(firstOffset);
    queue.tidy();
  }

  async function reload(config: DeliveryConfig, listen: () => Promise<number>, onSwapped?: () => void): Promise<void> {
    const names = Object.keys(config.sinks);
    const changed = Object.entries(config.sinks).filter(([name, spec]) => outlets.get(name)?.isFor(spec) === false);
    const added = Object.entries(config.sinks).filter(([name]) => !outlets.has(name));
    const sinks = [...(await openSinks(Object.fromEntries([...changed, ...added]), deps))];
    const replacing = new Map(sinks.filter(([name]) => outlets.has(name)));
    const adding = await prepare(new Map(sinks.filter(([name]) => !outlets.has(name))), () =>
      Promise.resolve(undefined),
    ).catch(async (error: unknown) => {
      await closeSinks(replacing.values(), deps);
      throw error;
    });
    if (closing === undefined && !hasSinks && names.length > 0) {
      hasSinks = true;
      feed.start(await listen());
    }
    if (closing !== undefined) {
      await closeSinks(replacing.values(), deps);
      await discard(adding.values());
      throw new Error('the router is closed');
    }

    // From here to where the new sinks begin nothing is awaited: all that is new begins at the same message.
    const from = feed.heardEnd;
    const removed = [...outlets.values()].filter(({ name }) => !names.includes(name));
    epochs.begin(from, compile(config));
    onSwapped?.();
    for (const [name, parts] of adding) begin(joinTrack(name, from), parts);

    await Promise.all([
      ...[...replacing].map(async ([name, opened]) => outlets.get(name)?.replace(opened, DRAIN_MS)),
      ...removed.map((outlet) => remove(outlet, from)),
    ]);
    hasSinks = outlets.size > 0;
    if (!hasSinks) feed.stop();
    onSaved();
  }

  /** Never rejects: the configuration holds by now. */
  async function remove(outlet: Outlet, end: number): Promise<void> {
    const startMs = clock.monotonic();
    await beforeDeadline(feed.reach(end), DRAIN_MS, clock);
    await outlet.close(Math.max(0, DRAIN_MS - (clock.monotonic() - startMs)));
    const { waiting } = outlet.stats();
    abandonedCount += waiting;
    feed.leave(outlet.track);
    outlets.delete(outlet.name);
    await openSinkCursor(cursorDir, outlet.name)
      .then((cursor) => cursor.remove())
      .catch((error: unknown) => onTrouble(`the cursor of ${outlet.name} cannot be deleted: ${messageOf(error)}`));
    if (waiting > 0) onTrouble(`${outlet.name} is no sink any more; ${waiting} messages were not delivered to it`);
  }

  async function close(deadlineMs: number): Promise<void> {
    const startMs = clock.monotonic();
    const leftMs = (): number => Math.max(0, deadlineMs - SAVE_MS - (clock.monotonic() - startMs));
    await beforeDeadline(reloading, leftMs() * RELOAD_RATIO, clock);
    if (hasSinks) await beforeDeadline(feed.reach(feed.heardEnd), leftMs(), clock);
    feed.stop();
    await Promise.all([...outlets.values()].map((outlet) => outlet.close(leftMs())));
    await discard(prepared.values()); // of a start that failed half-way
  }

  const reader: Reader = {
    get offset() {
      if (!hasSinks) return Number.POSITIVE_INFINITY;
      if (census === undefined) return 0; // it has not begun
      return Math.min(feed.end, ...[...outlets.values()].map(({ savedOffset }) => savedOffset));
    },
    holds: (segment) => hasSinks && (endOf(segment) > feed.end || census?.awaits(segment) !== false),
    expire: (segment) => Math.max(0, ...[...outlets.values()].map(({ track }) => track.lose(endOf(segment)))),
  };

  return {
    minOffset: Math.max(0, ...[...cursors.values(), ...orphans.values()].map(({ offset }) => offset)),
    reader,
    get hasSinks() {
      return hasSinks;
    },
    push: feed.push,
    closeSegment(segment) {
      if (hasSinks) feed.close(segment);
    },
    start,
    stats: () => ({
      sinks: Object.fromEntries([...outlets].map(([name, outlet]) => [name, outlet.stats()])),
      unmatched: feed.unmatchedCount,
      unread: feed.unreadCount,
      abandoned: abandonedCount,
    }),
    replay: async (name) => outlets.get(name)?.replay(),
    reload(config, listen, onSwapped) {
      const done = reloading.then(() => reload(config, listen, onSwapped));
      reloading = done.catch(() => undefined); // the caller has the rejection; the next reload is not its business
      return done;
    },
    close: (deadlineMs) => (closing ??= close(deadlineMs)),
  };
}

/** Lets everything else that waits have its turn. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
