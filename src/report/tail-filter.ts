import type { JsonValue } from '../core/json.ts';
import { metadataReader } from '../core/metadata-path.ts';
import { anyPattern } from '../core/name-pattern.ts';
import type { Message } from '../core/schema.ts';
import { isSeverity } from '../core/severity.ts';
import { holdsText } from './tail-text.ts';

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
const MAX_CONDITION_LENGTH = 2_000;

/**
 * Reads `type`, `logger` (names or `*` patterns; repeated or separated by commas, any of them fits), `exactLogger` (one name as it is), `severity` (0–7, the least grave that is
 * wanted), `metadata` (`key=value`, `*` as above, dots lead into objects; repeated: any value of a key fits, and each key has to), `text` (held by the payload
 * or the metadata, in whatever case) and `perSecond`. Types that begin with `metlog.`, which senders use for themselves, are wanted only where `type` fits them.
 */
export function parseTailFilter(params: URLSearchParams): TailFilterResult {
  const types = names(params, 'type');
  const loggers = names(params, 'logger');
  const pairs = params.getAll('metadata');
  if ([types, loggers, pairs].some(({ length }) => length > MAX_PATTERNS)) {
    return { ok: false, message: `type, logger and metadata take at most ${MAX_PATTERNS} patterns each` };
  }
  const unnamed = pairs.find((pair) => pair.indexOf('=') < 1);
  if (unnamed !== undefined) {
    return { ok: false, message: `metadata must be key=value, got ${shown(unnamed)}` };
  }
  if (pairs.some(({ length }) => length > MAX_CONDITION_LENGTH)) {
    return { ok: false, message: `metadata takes at most ${MAX_CONDITION_LENGTH} characters each` };
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
  const exactLogger = params.get('exactLogger') ?? '';
  const metadataFits = metadataTest(pairs);
  const text = params.get('text') ?? '';
  const textFits = text === '' ? null : holdsText(text);
  return {
    ok: true,
    filter: {
      perSecond,
      matches: (message) =>
        message.severity <= severity &&
        (typeFits?.(message.type) ?? !message.type.startsWith(OWN_TYPES)) &&
        (loggerFits?.(message.logger) ?? true) &&
        (exactLogger === '' || message.logger === exactLogger) &&
        metadataFits(message) &&
        (textFits?.(message) ?? true),
    },
  };
}

/** A test that each key satisfies with one of the patterns that it is given with. */
function metadataTest(pairs: readonly string[]): (message: Message) => boolean {
  const patternsOf = new Map<string, string[]>();
  for (const pair of pairs) {
    const end = pair.indexOf('=');
    const key = pair.slice(0, end);
    patternsOf.set(key, [...(patternsOf.get(key) ?? []), pair.slice(end + 1)]);
  }
  const tests = [...patternsOf].map(([key, patterns]) => ({ read: metadataReader(key), fits: anyPattern(patterns) }));
  return ({ metadata }) =>
    tests.every(({ read, fits }) => {
      const value = read(metadata);
      return value !== undefined && (fits?.(valueText(value)) ?? true);
    });
}

const valueText = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

const names = (params: URLSearchParams, key: string): string[] =>
  params
    .getAll(key)
    .flatMap((value) => value.split(','))
    .filter((name) => name !== '');

const wholeNumber = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);

const shown = (text: string | null): string => JSON.stringify((text ?? '').slice(0, 40));
