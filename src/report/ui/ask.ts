import { signal, type ReadonlySignal } from '@preact/signals';

const signedIn = signal(false);
/** Whether the server said that it answers because somebody signed in. */
export const isSignedIn: ReadonlySignal<boolean> = signedIn;

/** A refusal or a failure, in words for the reader. */
export class AskError extends Error {
  override readonly name = 'AskError';
  /** The answer's `code`; `offline` if there was none. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Parameters = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** Longer than the store lets any query of the pages run. */
const TIMEOUT_MS = 30_000;

/** Asks the server for JSON. The server is this page's own, so that its answer has the type that it is declared with. Rejects with AskError. */
export async function ask<Answer>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return request(text === '' ? path : `${path}?${text}`, {}, signal);
}

/** Posts JSON and takes JSON. Rejects with AskError. */
export async function post<Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  return request(
    path,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    signal,
  );
}

async function request<Answer>(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Answer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    ...init,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new AskError('offline', timeout.aborted ? 'the server took too long' : 'the server cannot be reached');
  });
  signedIn.value = response.headers.has('metlog-session');
  if (response.ok) return (await response.json()) as Answer;
  // Signed out, or the twelve hours are over. The fragment lasts until one is back.
  if (response.status === 401) location.assign(`/login${location.hash}`);
  const body = (await response.json().catch(() => ({}))) as { readonly error?: string; readonly code?: string };
  throw new AskError(body.code ?? 'failed', body.error ?? `the server answered ${response.status}`);
}
