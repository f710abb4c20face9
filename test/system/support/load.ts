import { setTimeout as delay } from 'node:timers/promises';
import type { Metlog } from '../../../src/node/index.ts';

export interface Load {
  /** Number of the first message. */
  readonly from?: number;
  readonly count: number;
  readonly perSecond: number;
  /** @default order.placed */
  typeOf?(n: number): string;
}

/** Messages come in strokes, as those of a service under load do. */
const STROKE_MS = 10;

/** Sends messages that each carry their number as `metadata.n`, at this rate. Resolves when all have left. */
export async function sendLoad(metlog: Metlog, { from = 0, count, perSecond, typeOf }: Load): Promise<void> {
  const startedMs = performance.now();
  for (let sent = 0; sent < count; await delay(STROKE_MS)) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedMs) / 1_000) * perSecond));
    for (; sent < due; sent++) {
      const n = from + sent;
      metlog.send(typeOf?.(n) ?? 'order.placed', { payload: `order ${String(n)}`, metadata: { n } });
    }
  }
  await metlog.flush(10_000);
}
