import type { Frame, FullFrame } from '../../core/stack.ts';

/** What frames are looked up by. */
export interface MapQuery {
  /** The version that the page says it is of. */
  readonly release: string | undefined;
  /** Ids of its scripts by their addresses, as the page says. */
  readonly debugIds: Readonly<Record<string, string>>;
  readonly frames: readonly Frame[];
}

/** The source maps that were uploaded. */
export interface MapLookup {
  /** Whether `find` could find anything; quick, and may be a second late. */
  mayHave(query: Pick<MapQuery, 'release' | 'debugIds'>): boolean;
  /** The same frames, with original places, names and lines where there is a map for their file. Never rejects. */
  find(query: MapQuery): Promise<readonly FullFrame[]>;
  close(): Promise<void>;
}
