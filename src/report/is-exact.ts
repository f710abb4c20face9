import type { PathBooks } from './books.ts';

/**
 * Whether what a path's book has as missing is all that is: no sender is open, ended silently or had to be forgotten, and no number is uncounted. Otherwise it is the
 * least. `silent`: senders that ended silently in the part of the book that is looked at; of the others nobody knows what part they belong to.
 */
export const isExact = ({ senders, total }: Pick<PathBooks, 'senders' | 'total'>, silent: number): boolean =>
  senders.open === 0 && senders.evicted === 0 && silent === 0 && total.uncounted === 0;
