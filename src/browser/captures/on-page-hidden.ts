import type { Cancel } from '../../core/platform.ts';

/**
 * Runs `task` whenever the page may not come back: the last moment to record something. It listens on the window while the event is on its way down,
 * so that a client, which ships on the document or later, finds what `task` records.
 */
export function onPageHidden(task: () => void): Cancel {
  if (typeof document === 'undefined') return () => undefined;
  const onChange = (): void => {
    if (document.visibilityState === 'hidden') task();
  };
  addEventListener('visibilitychange', onChange, true);
  addEventListener('pagehide', task, true); // Safari leaves the other one out on some navigations: https://bugs.webkit.org/show_bug.cgi?id=151234
  return () => {
    removeEventListener('visibilitychange', onChange, true);
    removeEventListener('pagehide', task, true);
  };
}
