/**
 * `refused`: not a statement that may run. `syntax`: not valid SQL over the views. `unfit`: a value is not what an expression
 * takes. `timeout`, `memory`: past its limit. `aborted`: who asked gave up.
 * `busy`: too many wait already. `failed`: anything else.
 */
export type QueryErrorCode = 'refused' | 'syntax' | 'unfit' | 'timeout' | 'memory' | 'aborted' | 'busy' | 'failed';

/** A query was not run, or did not finish. The message is one line, fit to show to who asked. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: QueryErrorCode;
  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What DuckDB says of a statement that it could not understand, by the first words of its messages. */
const SYNTAX_ERRORS = /^(Parser|Binder|Catalog|Syntax) Error: /;
/** What it says of a value that an expression cannot take, such as a text that is to be a number. */
const UNFIT_ERRORS = /^(Conversion|Invalid Input|Out of Range) Error: /;

/** DuckDB's error as ours. `isOurs`: the statement was, so that whoever asked wrote nothing wrong. */
export function toQueryError(error: unknown, isOurs: boolean): QueryError {
  if (error instanceof QueryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const line = (text.split('\n', 1)[0] ?? '').trim();
  if (/^Out of Memory Error/.test(line)) {
    return new QueryError(
      'memory',
      'the query needs more memory than it may take; ask for fewer rows, or group by less',
      { cause: error },
    );
  }
  if (isOurs) return new QueryError('failed', line, { cause: error });
  if (SYNTAX_ERRORS.test(line)) return new QueryError('syntax', line.replace(SYNTAX_ERRORS, ''), { cause: error });
  if (UNFIT_ERRORS.test(line)) return new QueryError('unfit', line.replace(UNFIT_ERRORS, ''), { cause: error });
  return new QueryError('failed', line, { cause: error });
}
