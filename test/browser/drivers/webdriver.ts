/** One session of a WebDriver server. https://www.w3.org/TR/webdriver2/ */
export interface WebDriverSession {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
  /** `DELETE` of a path; of the session itself without one. */
  remove(path?: string): Promise<void>;
}

/** Longest that a command may take: the browser may be busy, but has nothing to wait for. */
const COMMAND_TIMEOUT_MS = 60_000;

export async function openSession(server: string, capabilities: object): Promise<WebDriverSession> {
  const created = (await command(`${server}/session`, 'POST', { capabilities: { alwaysMatch: capabilities } })) as {
    readonly sessionId: string;
  };
  const session = `${server}/session/${created.sessionId}`;
  return {
    get: async <T>(path: string) => (await command(session + path, 'GET')) as T,
    post: async <T>(path: string, body: object = {}) => (await command(session + path, 'POST', body)) as T,
    async remove(path = '') {
      await command(session + path, 'DELETE');
    },
  };
}

async function command(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const { value } = (await response.json()) as { readonly value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { readonly error: string; readonly message: string };
  throw new Error(`${error}: ${message}`);
}
