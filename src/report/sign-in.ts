import { failure } from './answers.ts';
import { mediaType } from './guards.ts';
import { readText } from './read-text.ts';
import type { Sessions } from './sessions.ts';
import { smallPage } from './small-page.ts';

export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';

/** The longest token, each character of it escaped, and the names of the fields. */
const MAX_BODY_BYTES = 4_096;
/** Marks the second of two requests, which has all cookies. */
const AGAIN = 'again';

/** What became of a token that somebody tried: the last is how long to wait, in seconds. */
export type Tried = 'right' | 'wrong' | number;

/**
 * `/login`: a form that asks for the token, and what it posts. `attempt` looks at the token. Who has signed in already goes on to the dashboard.
 */
export async function answerLogin(
  request: Request,
  sessions: Sessions,
  attempt: (token: string) => Tried,
  isHttps: boolean,
): Promise<Response> {
  if (request.method === 'POST') return answerForm(request, sessions, attempt, isHttps);
  if (request.method !== 'GET' && request.method !== 'HEAD') return badMethod('/login takes GET and POST', 'GET, POST');
  if (sessions.of(request) !== undefined) return seeOther('/');
  return mayLackCookie(request) ? askAgain() : form(200);
}

async function answerForm(
  request: Request,
  sessions: Sessions,
  attempt: (token: string) => Tried,
  isHttps: boolean,
): Promise<Response> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') return form(415, 'The form was not understood.');
  const text = await readText(request, MAX_BODY_BYTES);
  if (text === null) return form(413, 'That is too long for a token.');
  const tried = attempt(new URLSearchParams(text).get('token')?.trim() ?? '');
  if (tried === 'right') return seeOther('/', sessions.begin(isHttps));
  if (tried === 'wrong') return form(401, 'That is not the token.');
  return form(429, `There were too many wrong tokens. Try again in ${tried} s.`, { 'retry-after': String(tried) });
}

/** `/logout`: a button for who comes by a link, as no link may change anything, and what it posts. */
export function answerLogout(request: Request, sessions: Sessions): Response {
  if (request.method === 'POST') return seeOther(LOGIN_PATH, sessions.end(request));
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return badMethod('/logout takes GET and POST', 'GET, POST');
  }
  if (sessions.of(request) === undefined) return seeOther(LOGIN_PATH);
  const body = `<form method="post" action="${LOGOUT_PATH}"><button>Sign out</button></form>\n<p><a href="/">Back to the dashboard</a></p>`;
  return smallPage({ status: 200, title: 'Metlog: sign out', body });
}

const badMethod = (message: string, allow: string): Response => failure(405, 'bad-method', message, { allow });

function seeOther(location: string, cookie?: string): Response {
  const headers = { location, 'cache-control': 'no-store', ...(cookie !== undefined && { 'set-cookie': cookie }) };
  return new Response(null, { status: 303, headers });
}

/** The form has no action, so that it is posted to its own address: with the fragment, which a browser carries on to where the answer leads. */
function form(status: number, problem?: string, headers: Readonly<Record<string, string>> = {}): Response {
  const alert = problem === undefined ? '' : `<p role="alert" id="problem">${problem}</p>\n`;
  const described = problem === undefined ? '' : ' aria-describedby="problem" aria-invalid="true"';
  const body = `${alert}<form method="post">
<input type="text" name="username" value="metlog" autocomplete="username" hidden>
<label for="token">Token</label>
<input type="password" id="token" name="token" autocomplete="current-password" required autofocus${described}>
<button>Sign in</button>
</form>
<p>It is what <code>METLOG_TOKEN</code> says where the server was started.</p>`;
  return smallPage({ status, title: 'Metlog: sign in', body, headers });
}

/**
 * Who follows a link of another site comes without the cookie, as it is `SameSite=Strict`, though he may have one. Browsers say so by https and to
 * loopback alone, so that what says nothing is taken for such a link too.
 */
function mayLackCookie(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  return site !== 'same-origin' && site !== 'none' && !new URL(request.url).searchParams.has(AGAIN);
}

/** A page of ours that asks once more, which is then a request of our own site. */
function askAgain(): Response {
  const url = `${LOGIN_PATH}?${AGAIN}`;
  const head = `<meta http-equiv="refresh" content="0; url=${url}">\n`;
  return smallPage({ status: 200, title: 'Metlog', head, body: `<p><a href="${url}">Go on to Metlog</a></p>` });
}
