import { isRecord } from '../core/json.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { CommandError, type CliContext } from './command.ts';
import { safeText } from './terminal-text.ts';
import { readToken } from './token.ts';

/**
 * Requests `path` of a `metlog serve`, with the token of METLOG_TOKEN if there is one. Rejects with CommandError when nobody answers, or with what the
 * answer says is wrong.
 */
export async function requestServer(
  url: URL,
  path: string,
  env: CliContext['env'],
  init: RequestInit = {},
): Promise<Response> {
  const token = readToken(env);
  if (url.port !== '' && isBlockedPort(Number(url.port))) {
    throw new CommandError(`fetch refuses port ${url.port}; start \`metlog serve\` with another --http-port`);
  }
  let response: Response;
  try {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    response = await fetch(new URL(path, url), { redirect: 'error', ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new CommandError(`nobody answers at ${url.origin} (${causeOf(error)}); is \`metlog serve\` running?`, {
      cause: error,
    });
  }
  if (response.ok) return response;
  if (response.status === 401) {
    await response.body?.cancel();
    throw new CommandError(
      token === undefined
        ? `${url.origin} asks for a token: set METLOG_TOKEN to the one that it was started with`
        : `METLOG_TOKEN is not the token of ${url.origin}`,
    );
  }
  throw new CommandError(await refusalOf(response));
}

/** Why a request did not get through: fetch itself says only that it failed, its cause says how. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return safeText(cause instanceof Error ? cause.message : String(cause));
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body) && typeof body['error'] === 'string') return safeText(body['error']);
  } catch {
    // Not our server's JSON: the status is all there is to say.
    return `${new URL(response.url).origin} answered ${response.status}; is it a \`metlog serve\`?`;
  }
  return `${new URL(response.url).origin} answered ${response.status}`;
}
