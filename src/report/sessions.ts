import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { parse, serialize } from 'hono/utils/cookie';
import type { Clock } from '../core/platform.ts';

/** A working day: who has signed in need not do so again before it ends. */
const SESSION_SECONDS = 12 * 60 * 60;
const COOKIE_NAME = 'metlog_session';
/** Sessions that are remembered as ended. Each was begun with the token, so nobody else fills this; past it, the oldest would live up to its twelve hours. */
const MAX_ENDED = 10_000;
const ID_BYTES = 12;
const KEY_BYTES = 32;

/** Who has signed in, by a cookie that names the end of the session and is signed: it holds no token, and there is nothing to keep. */
export interface Sessions {
  /** The cookie of a new session, as Set-Cookie has it. `isHttps`: the browser is to send it by https alone. */
  begin(isHttps: boolean): string;
  /** The session whose cookie the request has; undefined if it has none, or the session is over. */
  of(request: Request): Session | undefined;
  /** Ends the session of the request, and answers what has the browser forget its cookie. */
  end(request: Request): string;
}

export interface Session {
  readonly id: string;
  /** When it is over by itself, in epoch milliseconds. */
  readonly endsMs: number;
}

/**
 * Sessions of those who know `token`. They outlast a restart with the same token and end with another one. That one has signed out is remembered until the
 * process ends: a cookie that was copied before would then be good again for what is left of its twelve hours. `onSignOut` is told the session's id.
 */
export function createSessions(token: string, clock: Pick<Clock, 'now'>, onSignOut: (id: string) => void): Sessions {
  // Slow to compute on purpose, once: from a cookie that was copied nobody should find out the token by trying.
  const key = scryptSync(token, 'metlog session', KEY_BYTES);
  const ended = new Map<string, number>();

  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();

  function sessionOf(request: Request): Session | undefined {
    const value = parse(request.headers.get('cookie') ?? '', COOKIE_NAME)[COOKIE_NAME];
    const [, signed = '', id = '', ends = '', mac = ''] =
      /^(([\w-]{16})\.(\d{1,15}))\.([\w-]{43})$/.exec(value ?? '') ?? [];
    const isOurs = signed !== '' && timingSafeEqual(sign(signed), Buffer.from(mac, 'base64url'));
    const session = { id, endsMs: Number(ends) };
    return isOurs && session.endsMs > clock.now() && !ended.has(id) ? session : undefined;
  }

  return {
    begin(isHttps) {
      const id = randomBytes(ID_BYTES).toString('base64url');
      const signed = `${id}.${clock.now() + SESSION_SECONDS * 1_000}`;
      return cookie(`${signed}.${sign(signed).toString('base64url')}`, SESSION_SECONDS, isHttps);
    },
    of: sessionOf,
    end(request) {
      const session = sessionOf(request);
      if (session !== undefined) {
        ended.set(session.id, session.endsMs);
        onSignOut(session.id);
        for (const [id, endsMs] of ended) {
          if (endsMs > clock.now() && ended.size <= MAX_ENDED) break; // they stand in the order in which they were ended
          ended.delete(id);
        }
      }
      return cookie('', 0, false);
    },
  };
}

/** No script reads it, and no page of another site has it sent along. */
const cookie = (value: string, maxAge: number, secure: boolean): string =>
  serialize(COOKIE_NAME, value, { path: '/', httpOnly: true, sameSite: 'Strict', maxAge, secure });
