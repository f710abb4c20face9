import type { Cancel } from '../core/platform.ts';
import { pageGlobals } from './page-globals.ts';

/** What to do as the page comes and goes. */
export interface PageLife {
  /** It may be gone after this, without another word; and is for certain, but for the back/forward cache, where it `isGone`. */
  leave(isGone: boolean): void;
  /** It is looked at, or online, again. */
  stay(): void;
}

/**
 * Follows the life of the page, or of a worker, of which only the network is followed. Never `unload`, which would keep the page out of the
 * back/forward cache; and `pagehide` as well, as Safari may leave out `visibilitychange` on navigation: https://bugs.webkit.org/show_bug.cgi?id=116769
 */
export function followPageLife({ leave, stay }: PageLife): Cancel {
  if (typeof addEventListener !== 'function') return () => undefined; // a server
  const { document } = pageGlobals();
  const onVisibility = (): void => (document?.visibilityState === 'hidden' ? leave(false) : stay());
  const listeners: readonly (readonly [target: EventTarget | undefined, type: string, listener: () => void])[] = [
    [document, 'visibilitychange', onVisibility],
    [globalThis, 'pagehide', () => leave(true)],
    [globalThis, 'pageshow', stay],
    [globalThis, 'online', stay],
  ];
  for (const [target, type, listener] of listeners) target?.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target?.removeEventListener(type, listener);
  };
}
