import type { FullFrame } from '../../core/stack.ts';
import type { MapQuery } from '../exceptions/map-lookup.ts';

/** What the thread that reads source maps is asked. */
export interface ToMaps {
  readonly id: number;
  readonly query: MapQuery;
}

/** What it answers, and what it tells of. */
export type FromMaps =
  | { readonly kind: 'found'; readonly id: number; readonly frames: readonly FullFrame[] }
  | { readonly kind: 'broken'; readonly text: string };
