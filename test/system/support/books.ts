import { expect } from 'vitest';
import type { SinkStats } from '../../../src/router/delivery/sink-stats.ts';

/** The books of the sinks that have settled all that their routes named: messages routed to each. Throws unless all balance. */
export async function balancedBooks(http: string): Promise<Readonly<Record<string, number>>> {
  const answer = await fetch(`${http}/api/ledger`);
  const { sinks } = (await answer.json()) as { sinks: Readonly<Record<string, SinkStats>> };
  const routed: Record<string, number> = {};
  for (const [name, book] of Object.entries(sinks)) {
    expect(book, name).toMatchObject({ waiting: 0, expired: 0, delivered: book.routed - book.deadLettered });
    routed[name] = book.routed;
  }
  return routed;
}
