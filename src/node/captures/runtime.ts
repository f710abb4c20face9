import {
  monitorEventLoopDelay,
  PerformanceObserver,
  type IntervalHistogram,
  type PerformanceEntry,
} from 'node:perf_hooks';
import type { Capture, CaptureContext } from '../../core/capture.ts';
import type { Metlog } from '../../core/metlog.ts';
import type { Cancel } from '../../core/platform.ts';

export interface RuntimeOptions {
  /** How often gauges are sent, in milliseconds; at least 1000. @default 10000 */
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 10_000;
const MIN_EVERY_MS = 1_000;
/** Longest delay that timers take. */
const MAX_EVERY_MS = 2 ** 31 - 1;
/** How often the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION_MS = 20;
/** A sampled gauge would show less than it could. */
const ALWAYS = { rate: 1 } as const;

/** V8's kinds of garbage collection. https://nodejs.org/api/perf_hooks.html#performancenodegcdetail */
const GC_KINDS: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weak' };

/**
 * Sends how the process fares: gauges of the event loop's delay and use (`node.event-loop.delay.p50`, `.p99`, `.max` in milliseconds, `node.event-loop.use`
 * from 0 to 1) and of memory (`node.memory.rss`, `.heap-used`, `.heap-total`, `.external`, in bytes); and by kind of garbage collection the counter
 * `node.gc.<kind>` with the gauge `node.gc.<kind>.ms`, the time it took since the last. Sixteen names at most.
 */
export function runtime({ everyMs = EVERY_MS }: RuntimeOptions = {}): Capture {
  const intervalMs = everyMs >= MIN_EVERY_MS ? Math.min(everyMs, MAX_EVERY_MS) : MIN_EVERY_MS; // NaN is no time either
  return {
    name: 'runtime',
    start(context) {
      const parts = [watchLoop(), watchCollections(), { tell: tellMemory, end: () => undefined }];
      const endTicks = every(intervalMs, context, () => {
        for (const { tell } of parts) tell(context.metlog);
      });
      return () => {
        endTicks();
        for (const { end } of parts) end();
      };
    },
  };
}

/** Something watched between two ticks. */
interface Watched {
  tell(metlog: Metlog): void;
  end(): void;
}

function every(intervalMs: number, { clock }: CaptureContext, task: () => void): Cancel {
  let cancel = clock.after(intervalMs, tick);
  function tick(): void {
    cancel = clock.after(intervalMs, tick);
    task();
  }
  return () => cancel();
}

function watchLoop(): Watched {
  const delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = performance.eventLoopUtilization();
  // The histogram measures from one sample to the next, so a loop without delay shows the resolution itself.
  const delayMs = (ns: number): number => Math.max(ns / 1e6 - RESOLUTION_MS, 0);
  return {
    tell(metlog) {
      if (delays.count > 0) {
        metlog.gauge('node.event-loop.delay.p50', delayMs(delays.percentile(50)), ALWAYS);
        metlog.gauge('node.event-loop.delay.p99', delayMs(delays.percentile(99)), ALWAYS);
        metlog.gauge('node.event-loop.delay.max', delayMs(delays.max), ALWAYS);
        delays.reset();
      }
      const now = performance.eventLoopUtilization();
      metlog.gauge('node.event-loop.use', performance.eventLoopUtilization(now, before).utilization, ALWAYS);
      before = now;
    },
    end() {
      delays.disable();
    },
  };
}

function watchCollections(): Watched {
  let seen = new Map<string, { count: number; ms: number }>();
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
      const kind = GC_KINDS[detail?.kind ?? 0];
      if (kind === undefined) continue;
      const { count, ms } = seen.get(kind) ?? { count: 0, ms: 0 };
      seen.set(kind, { count: count + 1, ms: ms + duration });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    tell(metlog) {
      const told = seen;
      seen = new Map();
      for (const [kind, { count, ms }] of told) {
        metlog.incr(`node.gc.${kind}`, { count, ...ALWAYS });
        metlog.gauge(`node.gc.${kind}.ms`, ms, ALWAYS);
      }
    },
    end() {
      observer.disconnect();
    },
  };
}

function tellMemory(metlog: Metlog): void {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  metlog.gauge('node.memory.rss', rss, ALWAYS);
  metlog.gauge('node.memory.heap-used', heapUsed, ALWAYS);
  metlog.gauge('node.memory.heap-total', heapTotal, ALWAYS);
  metlog.gauge('node.memory.external', external, ALWAYS);
}
