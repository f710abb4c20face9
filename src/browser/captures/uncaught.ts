import { isClaimed } from '../../core/claimed-errors.ts';
import { isError } from '../../core/is-error.ts';
import type { Metlog } from '../../core/metlog.ts';
import { textOf } from '../../core/text-of.ts';
import { ERROR_NOISE, isNoise } from './error-noise.ts';
import { plainUrl } from './path-name.ts';

export interface ErrorsOptions {
  /**
   * What is not sent: a text in the error's `Name: message` or in the address of the code that threw it, or an expression that matches one of them.
   * Replaces the built-in list; `[...ERROR_NOISE, /mine/]` adds to it. @default ERROR_NOISE
   */
  readonly ignore?: readonly (string | RegExp)[] | undefined;
  /** Most that one page sends; those past it are counted as `page.errors.left-out`. @default 50 */
  readonly maxPerPage?: number | undefined;
}

/** A page that throws more than this throws the same thing over and over. */
const MAX_PER_PAGE = 50;

/** What the page says of an error that nobody caught. */
interface Thrown {
  readonly thrown: unknown;
  /** The very thing that was thrown, as far as the page tells. */
  readonly value: unknown;
  readonly mechanism: 'onerror' | 'onunhandledrejection';
  /** The address of the code, where the page tells. */
  readonly source?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What nobody caught, on its way to the client: noise, what came before and what is too much stays behind. */
export interface Uncaught {
  /** Sends what an `error` or `unhandledrejection` event tells of; `timestamp` where that was earlier, in epoch milliseconds. */
  take(metlog: Metlog, event: Event, timestamp?: number): void;
  /** Counts what was too much. */
  tellLeftOut(metlog: Metlog): void;
}

export function createUncaught({ ignore = ERROR_NOISE, maxPerPage = MAX_PER_PAGE }: ErrorsOptions = {}): Uncaught {
  const seen = new WeakSet();
  let sentCount = 0;
  let leftOutCount = 0;

  function isNew(thrown: unknown): boolean {
    if (isClaimed(thrown)) return false;
    if (typeof thrown !== 'object' || thrown === null) return true;
    if (seen.has(thrown)) return false;
    seen.add(thrown);
    return true;
  }

  function take(metlog: Metlog, event: Event, timestamp?: number): void {
    const said = fromEvent(event);
    if (said === undefined) return;
    const { thrown, value, mechanism, source, metadata } = said;
    if (!isNew(value)) return;
    const { title, source: origin } = glance(thrown);
    if (isNoise(ignore, title, source || origin)) return;
    if (sentCount >= maxPerPage) leftOutCount += 1;
    else {
      sentCount += 1;
      metlog.exception(thrown, { handled: false, mechanism, metadata, timestamp });
    }
  }

  function tellLeftOut(metlog: Metlog): void {
    const count = leftOutCount;
    leftOutCount = 0;
    if (count > 0) metlog.incr('page.errors.left-out', { count });
  }

  return { take, tellLeftOut };
}

function fromEvent(event: Event): Thrown | undefined {
  // What failed to load also passes by here on its way, as an event of another kind.
  if (event instanceof ErrorEvent) return fromErrorEvent(event);
  // Libraries with promises of their own dispatch events of this name without a reason.
  return 'reason' in event
    ? { thrown: event.reason, value: event.reason, mechanism: 'onunhandledrejection' }
    : undefined;
}

/** The error itself where the page gets to see it, else what the page says of it. */
function fromErrorEvent({ error, message, filename, lineno, colno }: ErrorEvent): Thrown {
  const source = plainUrl(filename);
  const common = { value: error as unknown, mechanism: 'onerror', source } as const;
  if (isError(error)) return { ...common, thrown: error };
  const thrown: unknown = error ?? message.replace(/^Uncaught /, '');
  return { ...common, thrown, metadata: { source: { filename: source, lineno, colno } } };
}

/** What is looked at of a stack for the address of the code that threw, in UTF-16 units. */
const STACK_LENGTH = 2_000;

/** `Name: message` of what was thrown, and the address in the first line of its calls; empty where there is none. */
function glance(thrown: unknown): { readonly title: string; readonly source: string } {
  if (!isError(thrown)) return { title: textOf(thrown), source: '' };
  try {
    const title = `${thrown.name}: ${thrown.message}`;
    const stack = thrown.stack ?? '';
    const start = stack.startsWith(title) ? title.length : 0; // V8 says first what was thrown
    const [, source = ''] = FIRST_ADDRESS.exec(stack.slice(start, start + STACK_LENGTH)) ?? [];
    return { title, source };
  } catch (error) {
    return { title: textOf(error), source: '' }; // it cannot be read, which is no noise
  }
}

/** `at run (https://shop.example/app.js:1:2)`, or `run@https://shop.example/app.js:1:2`. */
const FIRST_ADDRESS = /(?:^[ \t]*at .*?|^.*?@)([\w-]+:\/\/[^\s)]+)/m;
