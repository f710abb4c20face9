import type { Ledger } from '../../../src/report/ledger.ts';
import type { LedgerSummary } from '../../../src/router/input/ledger-summary.ts';

/** What a router says of its senders and its archive. */
export type ArchiveBooks = Pick<Ledger, 'archive'> & { readonly path: LedgerSummary };

/** Asks a router that runs. */
export async function readBooks(http: string): Promise<ArchiveBooks> {
  return (await (await fetch(`${http}/api/ledger`)).json()) as ArchiveBooks;
}
