import type { JsonValue } from '../core/json.ts';
import { metadataReader } from '../core/metadata-path.ts';
import { anyPattern } from '../core/name-pattern.ts';
import type { Message } from '../core/schema.ts';
import { tailInput } from './api/tail.ts';
import { explainInput, readQuery } from './read-query.ts';
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
/** Reads the query string of `GET /api/tail`. Types that begin with `metlog.`, which senders use for themselves, are wanted only where `type` fits them. */
export function parseTailFilter(parameters: URLSearchParams): TailFilterResult {
  const parsed = tailInput.safeParse(readQuery(parameters));
  if (!parsed.success) return { ok: false, message: explainInput(parsed.error) };
  const { type, logger, exactLogger, severity, metadata, text, perSecond } = parsed.data;
  const typeFits = anyPattern(type);
  const loggerFits = anyPattern(logger);
  const metadataFits = metadataTest(metadata);
  const textFits = text === '' ? null : holdsText(text);
  return {
    ok: true,
    filter: {
      perSecond: perSecond ?? Number.POSITIVE_INFINITY,
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
