import type { Clock } from '../core/platform.ts';
import type { InputBook, RouterBooks } from './books.ts';
import type { Ledger } from './ledger.ts';
import { ledgerNotes } from './ledger-notes.ts';
import { ledgerPath } from './ledger-path.ts';
import type { RelayPort } from './relay-port.ts';
import type { RouterPort } from './router-port.ts';

/** Reads the books of router and relay, all at about the same moment. `startedMs`: when the server started, in epoch milliseconds. */
export async function readLedger(
  router: Pick<RouterPort, 'stats' | 'ledger'>,
  relay: Pick<RelayPort, 'stats'>,
  clock: Pick<Clock, 'now'>,
  startedMs: number,
): Promise<Ledger> {
  const [books, pathBooks] = await Promise.all([router.stats(), router.ledger()]);
  const nowMs = clock.now();
  const { archive, journal, unmatched, unread, abandoned } = books;
  const ledger: Omit<Ledger, 'notes'> = {
    at: new Date(nowMs).toISOString(),
    startedAt: new Date(startedMs).toISOString(),
    input: inputOf(books),
    relay: relay.stats(),
    socket: { droppedDatagrams: books.socketDrops ?? null, receiveBuffer: books.recvBuffer },
    path: ledgerPath(pathBooks, nowMs),
    sinks: Object.fromEntries(
      Object.entries(books.sinks).map(([name, book]) => [name, { ...book, trouble: book.trouble ?? null }]),
    ),
    unmatched,
    unread,
    abandoned,
    archive: { ...archive, copy: archive.copy ? { ...archive.copy, trouble: archive.copy.trouble ?? null } : null },
    journal,
  };
  const { at, startedAt, ...rest } = ledger;
  return { at, startedAt, notes: ledgerNotes(ledger), ...rest };
}

/** One by one: the router may hold more, which has a place of its own here. */
function inputOf(books: RouterBooks): InputBook {
  const { datagrams, bytes, read, rejected, lines, chunks } = books;
  const { accepted, duplicates, refused, journalFailed, pending } = books;
  return { datagrams, bytes, read, rejected, lines, chunks, accepted, duplicates, refused, journalFailed, pending };
}
