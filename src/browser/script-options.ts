import type { MetlogOptions } from '../core/options.ts';

/**
 * What a script tag says: `data-logger`, `data-dest`, `data-release`, `data-environment` and `data-session-rate`; `data-key` names the page's
 * key to the relay. Without `data-dest` the page sends to the origin that served the script.
 */
export function readScriptOptions(
  script: { readonly src: string; readonly dataset: DOMStringMap } | null,
): MetlogOptions {
  const { logger, dest, release, environment, sessionRate, key } = script?.dataset ?? {};
  const base = dest ?? (URL.canParse(script?.src ?? '') ? new URL(script?.src ?? '').origin : undefined);
  return {
    logger,
    release,
    environment,
    dest: base === undefined || key === undefined ? base : withKey(base, key),
    ...(sessionRate !== undefined && { sessionRate: Number(sessionRate) }),
  };
}

const withKey = (address: string, key: string): string =>
  `${address}${/^https?:\/\/[^/]+$/.test(address) ? '/v1/messages' : ''}?key=${encodeURIComponent(key)}`;
