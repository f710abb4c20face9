import * as z from 'zod/mini';
import { isRecord } from '../../core/json.ts';
import type { WholeException } from '../../store/exceptions/exception-occurrences.ts';
import type { ShownCrumb, ShownException } from '../api/exception.ts';
import { MAX_ENTRIES, showEntries } from './show-entries.ts';
import { showErrors } from './show-errors.ts';
import { cut, showValue } from './show-value.ts';

const MAX_CRUMBS = 100;
const MAX_NAME_LENGTH = 200;
const MAX_CRUMB_LENGTH = 500;

/** Keys that have a place of their own on the page. */
const PLACED = new Set(['exception', 'breadcrumbs', 'release', 'environment']);

/** An exception as a reader is shown it: whatever a client sent, in bounded text. */
export function showException({ metadata, errorType, ...message }: WholeException): ShownException {
  const data = isRecord(metadata) ? metadata : {};
  const exception = isRecord(data['exception']) ? data['exception'] : {};
  const rest = Object.entries(data).filter(([key]) => !PLACED.has(key));
  return {
    ...message,
    release: textIn(data, 'release'),
    environment: textIn(data, 'environment'),
    requestId: textIn(data, 'request_id'),
    traceId: textIn(data, 'trace_id'),
    mechanism: textIn(exception, 'mechanism'),
    handled: typeof exception['handled'] === 'boolean' ? exception['handled'] : null,
    errors: showErrors(exception, errorType),
    breadcrumbs: showCrumbs(data['breadcrumbs']),
    metadata: showEntries(rest),
    moreMetadata: Math.max(0, rest.length - MAX_ENTRIES),
  };
}

const crumbSchema = /* @__PURE__ */ z.looseObject({
  timestamp: z.catch(z.nullable(z.string().check(z.maxLength(40))), null),
  type: z.catch(z.string(), ''),
  severity: z.catch(z.nullable(z.number()), null),
});

/** The latest first, as what happened last is read first. */
function showCrumbs(given: unknown): readonly ShownCrumb[] {
  if (!Array.isArray(given)) return [];
  return given
    .slice(-MAX_CRUMBS)
    .reverse()
    .flatMap((crumb: unknown) => {
      const parsed = crumbSchema.safeParse(crumb);
      if (!parsed.success) return [];
      const { timestamp, type, severity, name, text, ...more } = parsed.data;
      const said = [name, text].filter((one) => typeof one === 'string');
      // A click or a navigation says what it was in keys of its own.
      const data = Object.entries(more).map(
        ([key, value]) => `${key} ${typeof value === 'string' ? value : showValue(value).text}`,
      );
      return [
        {
          timestamp: timestamp !== null && Number.isNaN(Date.parse(timestamp)) ? null : timestamp,
          type: cut(type, MAX_NAME_LENGTH),
          severity,
          text: cut([...said, ...data.slice(0, 10)].join(' · '), MAX_CRUMB_LENGTH),
        },
      ];
    });
}

function textIn(data: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = data[key];
  return typeof value === 'string' && value !== '' ? cut(value, MAX_NAME_LENGTH) : null;
}
