/** A JSON answer in one line. It holds nothing that could be taken for markup. */
export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body).replaceAll('<', '\\u003c')}\n`, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}

/** An error as JSON: `code` is stable, for programs; `message` is for people. */
export function failure(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, { error: message, code }, headers);
}
