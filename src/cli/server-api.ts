import { isRecord } from '../core/json.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { CommandError } from './command.ts';
import { safeText } from './terminal-text.ts';

/** Requests `path` of a `metlog serve`. Rejects with CommandError when nobody answers, or with what the answer says is wrong. */
export async function requestServer(url: URL, path: string, init: RequestInit = {}): Promise<Response> {
  if (url.port !== '' && isBlockedPort(Number(url.port))) {
    throw new CommandError(`fetch refuses port ${url.port}; start \`metlog serve\` with another --http-port`);
  }
  let response: Response;
  try {
    response = await fetch(new URL(path, url), { redirect: 'error', ...init });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new CommandError(`nobody answers at ${url.origin} (${causeOf(error)}); is \`metlog serve\` running?`, {
      cause: error,
    });
  }
  if (response.ok) return response;
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
