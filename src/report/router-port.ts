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
}
