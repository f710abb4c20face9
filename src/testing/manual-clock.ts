import { createHmac } from 'node:crypto';
import type { Platform } from '../core/platform.ts';

export interface ManualPlatformOptions {
  /** Where the clock starts, in epoch milliseconds. @default 2026-01-01T00:00:00Z */
  readonly nowMs?: number;
  /** What `random` answers, over and over. @default a fixed sequence, evenly spread over [0, 1) */
  readonly randoms?: readonly number[];
}

/** A runtime whose time stands still until it is moved: tests wait for nothing and come out the same each time. */
export interface ManualPlatform extends Platform {
  /** Moves time on by `ms` milliseconds and runs what falls due on the way, in order. What awaits a promise runs later: see `settle`. */
  advance(ms: number): void;
  /** Lets everything that awaits promises run on. */
  settle(): Promise<void>;
  /** What was printed by `warn`. */
  readonly warnings: readonly string[];
  /** Timers that wait. */
  readonly timerCount: number;
  /** Holds on the process that were not released. */
  readonly holdCount: number;
}

interface Alarm {
  readonly atMs: number;
  readonly task: () => void;
}

const START_MS = Date.UTC(2026, 0, 1);
/** Turns of the microtask queue that `settle` gives: more than any chain of promises here is long. */
const SETTLE_TURNS = 100;

/** A platform that is moved by hand, of a host `test-host` with the process id 1. */
export function createManualPlatform({ nowMs = START_MS, randoms }: ManualPlatformOptions = {}): ManualPlatform {
  const alarms = new Set<Alarm>();
  const warnings: string[] = [];
  const encoder = new TextEncoder();
  const nextEven = evenlySpread();
  let elapsedMs = 0;
  let drawn = 0;
  let ids = 0;
  let holdCount = 0;

  function nextDue(untilMs: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of alarms) if (alarm.atMs <= untilMs && (!first || alarm.atMs < first.atMs)) first = alarm;
    return first;
  }

  return {
    now: () => nowMs + Math.floor(elapsedMs),
    monotonic: () => elapsedMs,
    random: () => (randoms?.length ? (randoms[drawn++ % randoms.length] ?? 0) : nextEven()),
    randomId: () => `manual${String(ids++).padStart(10, '0')}`,
    byteLength: (text) => encoder.encode(text).length,
    hmac: (secret, text) => createHmac('sha256', secret).update(text).digest('base64url'),
    after(delayMs, task) {
      const alarm = { atMs: elapsedMs + Math.max(delayMs, 0), task };
      alarms.add(alarm);
      return () => {
        alarms.delete(alarm);
      };
    },
    hold() {
      holdCount += 1;
      let isHeld = true;
      return () => {
        if (isHeld) holdCount -= 1;
        isHeld = false;
      };
    },
    warn: (text) => void warnings.push(text),
    host: { hostname: 'test-host', pid: 1 },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        alarms.delete(due);
        elapsedMs = Math.max(elapsedMs, due.atMs);
        due.task();
      }
      elapsedMs = untilMs;
    },
    async settle() {
      for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await Promise.resolve();
    },
    warnings,
    get timerCount() {
      return alarms.size;
    },
    get holdCount() {
      return holdCount;
    },
  };
}

/** Multiples of the golden ratio, without their whole part: any run of them covers [0, 1) evenly. */
function evenlySpread(): () => number {
  let at = 0;
  return () => (at = (at + 0.618_033_988_749_895) % 1);
}
