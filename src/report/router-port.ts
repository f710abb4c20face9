import type { Cancel } from '../core/platform.ts';
import type { PathBooks, RouterBooks } from './books.ts';

/** What a report needs of a running router. */
export interface RouterPort {
  /** Where it listens for datagrams. */
  readonly address: { readonly host: string; readonly port: number };
  /** Calls `listener` with the text that is appended to the journal, in order, until the result is called. It begins with a header and holds whole lines. */
  tap(listener: (text: string) => void): Cancel;
  /** The books; whatever else they hold is passed on as it is. */
  stats(): Promise<RouterBooks>;
  /** The path's book, by logger and hour. */
  ledger(): Promise<PathBooks>;
  /** Keeps a source map. */
  putMap(
    name: { readonly release: string; readonly path: string; readonly debugId?: string | undefined },
    text: AsyncIterable<Uint8Array>,
  ): Promise<StoredMap>;
  /** Delivers the dead letters of a sink again; undefined if there is none of this name. */
  replay(sink: string): Promise<ReplayOutcome | undefined>;
}

/** What became of a source map. */
export type StoredMap =
  | { readonly status: 'stored'; readonly bytes: number; readonly deletedReleases: number }
  | { readonly status: 'refused'; readonly reason: 'bad-name' | 'too-large' };

/** What became of dead letters that were delivered again. */
export type ReplayOutcome =
  | {
      readonly status: 'done';
      readonly delivered: number;
      /** Back in the dead letters, each with its new reason. */
      readonly refused: number;
      /** Back in the dead letters as they were, for the reason in `trouble`. */
      readonly remaining: number;
      readonly trouble: string | undefined;
    }
  /** Another replay of this sink is under way. */
  | { readonly status: 'under-way' };
