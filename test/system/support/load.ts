import { setTimeout as delay } from 'node:timers/promises';
import type { Metlog } from '../../../src/node/index.ts';

export interface Load {
  /** Number of the first message. */
  readonly from?: number;
  readonly count: number;
  readonly perSecond: number;
  /** @default order.placed */
  typeOf?(n: number): string;
  /** Ends it before all have left. @default nothing does */
  isOver?(): boolean;
}

/** Messages come in strokes, as those of a service under load do. */
const STROKE_MS = 10;
/** A stroke is no longer, whatever held up this process: all of a pause at once is what no queue has room for. */
const MAX_STROKE_MS = 100;

/** Sends messages that each carry their number as `metadata.n`, at this rate at most. Resolves when all have left, to how many these are. */
export async function sendLoad(metlog: Metlog, load: Load): Promise<number> {
  const { from = 0, count, perSecond, typeOf, isOver = () => false } = load;
  let sent = 0;
  let due = 0;
  for (let lastMs = performance.now(); sent < count && !isOver(); await delay(STROKE_MS)) {
    const nowMs = performance.now();
    due = Math.min(count, due + (Math.min(nowMs - lastMs, MAX_STROKE_MS) / 1_000) * perSecond);
    lastMs = nowMs;
    for (; sent < due; sent++) {
      const n = from + sent;
      metlog.send(typeOf?.(n) ?? 'order.placed', { payload: `order ${String(n)}`, metadata: { n } });
    }
  }
  await metlog.flush(10_000);
  return sent;
}
