import type { QueryError, QueryErrorCode } from '../store/query-error.ts';
import { failure } from './answers.ts';

/** Which status tells of a query that failed. */
const STATUS: Readonly<Record<QueryErrorCode, number>> = {
  refused: 400,
  syntax: 400,
  unfit: 422,
  memory: 422,
  timeout: 408,
  aborted: 499, // nginx's word for a client that has gone; nobody is there to read it
  busy: 503,
  failed: 500,
};
/** Most queries take less. */
const BUSY_SECONDS = 2;

/** What became of a query, for who asked. */
export const queryFailure = ({ code, message }: QueryError): Response =>
  failure(STATUS[code], code, message, code === 'busy' ? { 'retry-after': String(BUSY_SECONDS) } : {});
