import type { RouterBooks } from '../books.ts';
import type { AttentionItem } from '../api/attention.ts';
import { duration, many } from '../words.ts';
import { clip } from './clip.ts';

/** A back end that restarts is back by then. */
const MAX_LAG_MS = 60_000;

/** Says which sinks have a message that has waited for more than a minute, the latest first. */
export const sinkLagItems = (sinks: RouterBooks['sinks']): AttentionItem[] =>
  Object.entries(sinks)
    .filter(([, { lagMs }]) => lagMs > MAX_LAG_MS)
    .sort(([, a], [, b]) => b.lagMs - a.lagMs)
    .map(([sink, { lagMs, waiting, trouble }]) => {
      const why = trouble === undefined ? '' : `: ${clip(trouble)}`;
      const text = `sink ${sink} is ${duration(lagMs)} behind, ${many(waiting, 'message')} waiting${why}`;
      return { rule: 'sink-lag', text, sink, lagMs, waiting };
    });
