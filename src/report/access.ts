import type { Clock } from '../core/platform.ts';
import { failure } from './answers.ts';
import { createAttempts } from './attempts.ts';
import { isForeignPage, isNavigation } from './guards.ts';
import type { RequestInfo } from './relay-port.ts';
import { createSessions, type Session, type Sessions } from './sessions.ts';
import { answerLogin, answerLogout, LOGIN_PATH, LOGOUT_PATH, type Tried } from './sign-in.ts';
import { smallPage } from './small-page.ts';
import { bearerToken, tokenCheck } from './token.ts';

/** What everybody gets who reaches the server: pages send there, load their script (the stub too, which loads the other), and a probe asks whether it lives. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/v1/messages', '/metlog.js', '/metlog.stub.js', '/healthz']);

/** Where a request comes from, as far as it can be known. */
export interface Visitor {
  /** Who counts as one client. */
  readonly name: string;
  /** The browser speaks https, to this server or to a proxy of one's own. */
  readonly isHttps: boolean;
}

export interface AccessOptions {
  /** What programs send as Bearer and people enter at `/login`; where there is one, all paths but the open ones want it. @default none */
  readonly token?: string | undefined;
  /**
   * Other machines reach the server: without a token, nothing but the open paths is answered. Requests may then name it by any IP address, since a
   * page can have its own name point here, but no address. @default false
   */
  readonly isExposed?: boolean;
  /** @default everybody is one client, by http */
  readonly visitor?: (request: Request, info: RequestInfo) => Visitor;
}

type Refusal = Response | null;

/** Says who may use the report. What is not known to be open is closed. */
export interface Access {
  /** What a request for `path` gets instead of what it asks for; null if it may go on. */
  answer(request: Request, path: string, info: RequestInfo): Refusal | Promise<Refusal>;
  /** The session of who signed in; undefined for who did not need to. */
  sessionOf(request: Request): Session | undefined;
}

/**
 * `refusePost` refuses what is posted to no path of the API: most likely it is a page's, which has to be able to read that. `onSignOut` is told the id of
 * a session that somebody ends.
 */
export function createAccess(
  { token, isExposed = false, visitor = () => ANYBODY }: AccessOptions,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  refusePost: (message: string) => Response,
  onSignOut: (id: string) => void,
): Access {
  const sessions = token === undefined ? undefined : createSessions(token, clock, onSignOut);
  const guard =
    token === undefined || sessions === undefined
      ? isExposed
        ? closed
        : open
      : createGuard(token, sessions, visitor, clock);

  function refusalOf(request: Request, path: string, info: RequestInfo): Refusal | Promise<Refusal> {
    if (isForeignPage(request) && !isNavigation(request)) {
      return failure(403, 'cross-site', 'pages of other origins may not use this server');
    }
    return guard(request, path, info);
  }

  return {
    answer(request, path, info) {
      if (OPEN_PATHS.has(path)) return null;
      const refusal = refusalOf(request, path, info);
      const isLost = refusal !== null && request.method === 'POST' && !isOurs(path);
      return isLost ? refusePost('there is nothing at this path') : refusal;
    },
    sessionOf: (request) => sessions?.of(request),
  };
}

const ANYBODY: Visitor = { name: 'anybody', isHttps: false };

const isOurs = (path: string): boolean => path.startsWith('/api/') || path === LOGIN_PATH || path === LOGOUT_PATH;

type Guard = (request: Request, path: string, info: RequestInfo) => Refusal | Promise<Refusal>;

const open: Guard = () => null;

/** There is no token that anybody could have. */
const closed: Guard = (request) => {
  const message =
    'other machines can reach this server: set METLOG_TOKEN where it is started, and it answers who knows it';
  if (!wantsPage(request)) return failure(403, 'no-token', message);
  const body =
    '<p role="alert">Nobody can sign in yet.</p>\n<p>Other machines can reach this server. Set <code>METLOG_TOKEN</code> where it is started, and it answers who knows it.</p>';
  return smallPage({ status: 403, title: 'Metlog', body });
};

function createGuard(
  token: string,
  sessions: Sessions,
  visitor: (request: Request, info: RequestInfo) => Visitor,
  clock: Pick<Clock, 'monotonic'>,
): Guard {
  const attempts = createAttempts(clock);
  const isRight = tokenCheck(token);

  function attempt(client: string, given: string): Tried {
    const waitMs = attempts.waitMs(client);
    if (waitMs > 0) return Math.ceil(waitMs / 1_000);
    const isIt = isRight(given);
    if (isIt) attempts.succeeded(client);
    else attempts.failed(client);
    return isIt ? 'right' : 'wrong';
  }

  return (request, path, info) => {
    const { name, isHttps } = visitor(request, info);
    if (path === LOGIN_PATH) return answerLogin(request, sessions, (given) => attempt(name, given), isHttps);
    if (path === LOGOUT_PATH) return answerLogout(request, sessions);
    if (sessions.of(request) !== undefined) return null; // a signature cannot be guessed: no attempts of others keep out who has signed in
    const given = bearerToken(request);
    if (given === undefined) return wantsPage(request) ? toLogin() : refuse('sign-in', UNSIGNED);
    const tried = attempt(name, given);
    if (tried === 'right') return null;
    if (tried === 'wrong') return refuse('wrong-token', 'the token is not that of this server');
    const message = `there were too many wrong tokens; try again in ${tried} s`;
    return failure(429, 'too-many-attempts', message, { 'retry-after': String(tried) });
  };
}

const UNSIGNED = 'a token is needed: programs send `Authorization: Bearer …`, people sign in at /login';

const refuse = (code: string, message: string): Response =>
  failure(401, code, message, { 'www-authenticate': 'Bearer realm="metlog"' });

const toLogin = (): Response =>
  new Response(null, { status: 303, headers: { location: LOGIN_PATH, 'cache-control': 'no-store' } });

/** A person looks at the answer. */
const wantsPage = (request: Request): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  (request.headers.get('accept') ?? '').includes('text/html');
