import type { QueryErrorCode } from '../store/query-error.ts';

/** Which status tells of a query that failed. */
export const QUERY_STATUS: Readonly<Record<QueryErrorCode, number>> = {
  refused: 400,
  syntax: 400,
  memory: 422,
  timeout: 408,
  aborted: 499, // nginx's word for a client that has gone; nobody is there to read it
  failed: 500,
};
