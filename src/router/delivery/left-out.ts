import { isRecord } from '../../core/json.ts';
import type { Sink } from '../sink.ts';

/** What the sink left out, by reason: of what it says, the whole numbers. Never throws: a stranger's sink must not take down the books. */
export function readLeftOut(sink: Sink): Readonly<Record<string, number>> {
  try {
    const said: unknown = sink.leftOut;
    if (!isRecord(said)) return {};
    return Object.fromEntries(Object.entries(said).filter(isCount));
  } catch {
    return {}; // a getter throws
  }
}

const isCount = (entry: readonly [string, unknown]): entry is [string, number] =>
  typeof entry[1] === 'number' && Number.isSafeInteger(entry[1]) && entry[1] >= 0;
