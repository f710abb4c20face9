import type { Message } from '../core/schema.ts';
import { isSeverity } from '../core/severity.ts';
import { anyPattern } from '../core/name-pattern.ts';

/** Which messages a tail wants, and how many. */
export interface TailFilter {
  matches(message: Message): boolean;
  /** Messages a second at most; what exceeds it is counted as skipped. */
  readonly perSecond: number;
}

export type TailFilterResult =
  { readonly ok: true; readonly filter: TailFilter } | { readonly ok: false; readonly message: string };

/** What the SDK sends of its own. */
const OWN_TYPES = 'metlog.';
/** More names than anyone types, few enough to test every message against. */
const MAX_PATTERNS = 50;

/**
 * Reads `type`, `logger` (names or `*` patterns; repeated or separated by commas, any of them fits), `severity` (0–7, the least grave that is
 * wanted) and `perSecond`. Types that begin with `metlog.`, which senders use for themselves, are wanted only where `type` fits them.
 */
export function parseTailFilter(params: URLSearchParams): TailFilterResult {
  const types = names(params, 'type');
  const loggers = names(params, 'logger');
  if (types.length > MAX_PATTERNS || loggers.length > MAX_PATTERNS) {
    return { ok: false, message: `type and logger take at most ${MAX_PATTERNS} patterns each` };
  }
  const severity = wholeNumber(params.get('severity') ?? '7');
  if (!isSeverity(severity)) {
    return { ok: false, message: `severity must be a whole number from 0 to 7, got ${shown(params.get('severity'))}` };
  }
  const perSecondText = params.get('perSecond');
  const perSecond = perSecondText === null ? Number.POSITIVE_INFINITY : wholeNumber(perSecondText);
  if (!(perSecond >= 1)) {
    return { ok: false, message: `perSecond must be a whole number of at least 1, got ${shown(perSecondText)}` };
  }
  const typeFits = anyPattern(types);
  const loggerFits = anyPattern(loggers);
  return {
    ok: true,
    filter: {
      perSecond,
      matches: (message) =>
        message.severity <= severity &&
        (typeFits?.(message.type) ?? !message.type.startsWith(OWN_TYPES)) &&
        (loggerFits?.(message.logger) ?? true),
    },
  };
}

const names = (params: URLSearchParams, key: string): string[] =>
  params
    .getAll(key)
    .flatMap((value) => value.split(','))
    .filter((name) => name !== '');

const wholeNumber = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);

const shown = (text: string | null): string => JSON.stringify((text ?? '').slice(0, 40));
