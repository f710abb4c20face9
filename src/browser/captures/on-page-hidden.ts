import type { Cancel } from '../../core/platform.ts';

/**
 * Runs `task` whenever the page may not come back: the last moment to record something. Listeners for the way down are called first, also where
 * they listen to the target itself (https://dom.spec.whatwg.org/#concept-event-dispatch), so that a client, which ships later, finds what `task` records.
 */
export function onPageHidden(task: () => void): Cancel {
  if (typeof document === 'undefined') return () => undefined;
  const onChange = (): void => {
    if (document.visibilityState === 'hidden') task();
  };
  document.addEventListener('visibilitychange', onChange, true);
  addEventListener('pagehide', task, true); // Safari may leave out the other on navigation: https://bugs.webkit.org/show_bug.cgi?id=116769
  return () => {
    document.removeEventListener('visibilitychange', onChange, true);
    removeEventListener('pagehide', task, true);
  };
}
