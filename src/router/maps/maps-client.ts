import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/platform.ts';
import type { FullFrame } from '../../core/stack.ts';
import type { MapLookup, MapQuery } from '../exceptions/map-lookup.ts';
import { debugIdOf, idPath, MAX_NAME_LENGTH, releaseFolder } from './map-names.ts';
import type { FromMaps, ToMaps } from './maps-protocol.ts';

export interface MapsDeps {
  readonly clock: Clock;
  /** A map, or the thread, is broken. */
  onTrouble(text: string): void;
  /** @default one that runs `maps-thread.ts` */
  readonly startThread?: (dir: string) => MapsThread;
}

/** What of a thread is needed. */
export type MapsThread = Pick<Worker, 'on' | 'once' | 'postMessage' | 'terminate'>;

export interface MapsStats {
  /** Exceptions for which maps were asked. */
  readonly asked: number;
  /** Maps that cannot be read. */
  readonly broken: number;
  /** Exceptions that kept the places of the built code, as no answer came in time. */
  readonly late: number;
}

export interface Maps extends MapLookup {
  stats(): MapsStats;
}

/** Questions that the thread may have before it: past it nothing more is asked, though those that asked wait no longer. */
const MAX_UNANSWERED = 1_000;
/** Longest wait for an answer, in milliseconds; the first of a large map takes a second or two. */
const ANSWER_MS = 5_000;
/** How long it is believed that something is there, or is not, in milliseconds. */
const BELIEVE_MS = 1_000;
/** Names of which that is remembered. */
const MAX_BELIEVED = 1_000;
/** After the thread has ended by itself, nothing is asked for so long, in milliseconds. */
const REST_MS = 10_000;
/** A map that needs more ends the thread, and not the router. In MiB. */
const HEAP_MIB = 512;

/** Asks a thread, which is started when it is first needed, and does not keep the process alive. */
export function createMaps(dir: string, { clock, onTrouble, startThread = startWorker }: MapsDeps): Maps {
  const waiting = new Map<number, (frames?: readonly FullFrame[]) => void>();
  const believed = new Map<string, { readonly isThere: boolean; readonly untilMs: number }>();
  const counts = { asked: 0, broken: 0, late: 0 };
  let worker: MapsThread | undefined;
  let unanswered = 0;
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let lastId = 0;

  function start(): MapsThread {
    const started = startThread(dir);
    unanswered = 0;
    started.on('message', (message: FromMaps) => {
      if (message.kind === 'found') {
        unanswered--;
        waiting.get(message.id)?.(message.frames);
        return;
      }
      counts.broken++;
      onTrouble(message.text);
    });
    let reason = '';
    started.on('error', (error) => (reason = `: ${error.message}`));
    started.once('exit', () => {
      if (worker !== started) return; // it was closed
      worker = undefined;
      restsUntilMs = clock.monotonic() + REST_MS;
      onTrouble(`the thread that reads source maps has ended${reason}; frames stay as they are for a while`);
      for (const settle of [...waiting.values()]) settle();
    });
    return started;
  }

  function isThere(path: string): boolean {
    const nowMs = clock.monotonic();
    const known = believed.get(path);
    if (known !== undefined && known.untilMs > nowMs) return known.isThere;
    if (believed.size >= MAX_BELIEVED) believed.clear();
    const found = existsSync(path);
    believed.set(path, { isThere: found, untilMs: nowMs + BELIEVE_MS });
    return found;
  }

  return {
    mayHave({ release, debugIds }) {
      if (clock.monotonic() < restsUntilMs || unanswered >= MAX_UNANSWERED || !isThere(dir)) return false;
      if (release !== undefined && release.length <= MAX_NAME_LENGTH && isThere(join(dir, releaseFolder(release))))
        return true;
      return Object.values(debugIds).some((text) => {
        const id = debugIdOf(text);
        return id !== undefined && isThere(idPath(dir, id));
      });
    },
    find(query: MapQuery) {
      worker ??= start();
      const asked = worker;
      const id = ++lastId;
      counts.asked++;
      unanswered++;
      return new Promise((resolve) => {
        const cancel = clock.after(ANSWER_MS, () => {
          counts.late++;
          settle();
        });
        const settle = (frames: readonly FullFrame[] = query.frames): void => {
          cancel();
          waiting.delete(id);
          resolve(frames);
        };
        waiting.set(id, settle);
        asked.postMessage({ id, query } satisfies ToMaps);
      });
    },
    stats: () => ({ ...counts }),
    async close() {
      const ended = worker;
      worker = undefined;
      await ended?.terminate();
      for (const settle of [...waiting.values()]) settle();
    },
  };
}

function startWorker(dir: string): MapsThread {
  // Relative to the built files, which lie in one folder whatever chunk this ends up in.
  const worker = new Worker(new URL('./maps-thread.js', import.meta.url), {
    workerData: { dir },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  worker.unref();
  return worker;
}
