import { ConfigError, type MetlogOptions } from '../core/options.ts';
import { pageGlobals } from './page-globals.ts';

/** What a page's client takes beside what every client takes. */
export interface PageOptions extends MetlogOptions {
  /** Whether what could not be sent is kept in localStorage, for a day at most, and sent by the next page. @default true */
  readonly keep?: boolean | undefined;
  /** Whether nothing is recorded for who asks for that by Global Privacy Control. https://w3c.github.io/gpc/ @default false */
  readonly gpc?: boolean | undefined;
  /** Fraction of sessions (a tab until it is closed) that are recorded, 0 to 1. @default 1 */
  readonly sessionRate?: number | undefined;
}

/** Where a tab remembers whether it is recorded. */
const SESSION_KEY = 'metlog:recorded';

/** A page's own options, and the rest. Throws `ConfigError` for one that is wrong. */
export function splitPageOptions(options: PageOptions): {
  readonly keep: boolean;
  /** Whether this session is to be recorded. */
  readonly isWanted: boolean;
  readonly shared: MetlogOptions;
} {
  const { keep = true, gpc = false, sessionRate = 1, ...shared } = options;
  for (const [name, value] of Object.entries({ keep, gpc }))
    if (typeof value !== 'boolean') throw new ConfigError(`${name} must be true or false, got ${String(value)}`);
  if (!(sessionRate >= 0 && sessionRate <= 1))
    throw new ConfigError(`sessionRate must be a number from 0 to 1, got ${String(sessionRate)}`);
  const objects = pageGlobals().navigator?.globalPrivacyControl === true;
  return { keep, isWanted: !(gpc && objects) && isSampled(sessionRate), shared };
}

function isSampled(rate: number): boolean {
  if (rate === 1) return true;
  const drawn = String(Math.random() < rate);
  try {
    const known = sessionStorage.getItem(SESSION_KEY);
    if (known === null) sessionStorage.setItem(SESSION_KEY, drawn);
    return (known ?? drawn) === 'true';
  } catch {
    return drawn === 'true'; // without a storage each page is a session
  }
}
