import type * as z from 'zod/mini';
import { QueryError } from '../store/query-error.ts';
import type { Store } from '../store/query.ts';
import { answer, failure } from './answers.ts';
import { queryInput } from './api/query.ts';
import { queryFailure } from './query-failure.ts';
import { readText } from './read-text.ts';

/** Longest body: the store takes statements of up to 64 KiB, and JSON's escapes come on top. */
const MAX_BODY_BYTES = 128 * 1024;

/** Answers `{"sql":"…"}` with the rows, or with what is wrong. */
export async function answerQuery(request: Request, store: Pick<Store, 'query'>): Promise<Response> {
  const text = await readText(request, MAX_BODY_BYTES);
  if (text === null) return failure(413, 'too-large', `a query may have ${MAX_BODY_BYTES} bytes`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return failure(400, 'not-json', 'the body must be JSON such as {"sql":"select 1"}');
  }
  const parsed = queryInput.safeParse(body);
  if (!parsed.success) return failure(400, 'bad-request', explain(parsed.error));
  const { sql, maxRows, timeoutMs } = parsed.data;
  try {
    return answer(
      200,
      await store.query(sql, {
        ...(maxRows !== undefined && { maxRows }),
        ...(timeoutMs !== undefined && { timeoutMs }),
        signal: request.signal, // who closes the connection wants no answer any more
      }),
    );
  } catch (error) {
    if (error instanceof QueryError) return queryFailure(error);
    throw error;
  }
}

function explain(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'the body is not a query' : `${issue.path.join('.') || 'the body'} ${issue.message}`;
}
