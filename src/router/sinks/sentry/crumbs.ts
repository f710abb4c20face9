import type { Breadcrumb, SeverityLevel } from '@sentry/core';
import { isRecord, type JsonValue } from '../../../core/json.ts';

/** Sentry keeps a hundred. https://develop.sentry.dev/sdk/foundations/data-model/event-payloads/breadcrumbs/ */
const MAX_CRUMBS = 100;

/** `metadata.breadcrumbs` as Sentry's; null where it is not what the SDK makes of it, and then it is the application's own. */
export function toBreadcrumbs(
  given: JsonValue | undefined,
  levelOf: (severity: unknown) => SeverityLevel | undefined,
): Breadcrumb[] | null {
  if (!Array.isArray(given) || given.length === 0) return null;
  const crumbs: Breadcrumb[] = [];
  for (const crumb of (given as readonly JsonValue[]).slice(-MAX_CRUMBS)) {
    if (!isRecord(crumb)) return null;
    const { timestamp, type, severity, name, text, ...data } = crumb;
    const epochMs = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(epochMs) || typeof type !== 'string') return null;
    const level = levelOf(severity);
    const message = name ?? text;
    crumbs.push({
      timestamp: epochMs / 1000,
      category: type,
      ...(level !== undefined && { level }),
      ...(typeof message === 'string' && { message }),
      ...(Object.keys(data).length > 0 && { data }),
    });
  }
  return crumbs;
}
