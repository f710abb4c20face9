import type { Capture, CaptureContext } from '../../core/capture.ts';
import type { Cancel } from '../../core/platform.ts';
import { textOf } from '../../core/text-of.ts';
import { onRouteChange } from './on-route-change.ts';
import { pathName } from './path-name.ts';

export interface NavigationOptions {
  /** Names the page at an address, such as the route's pattern. What it answers leaves the page. @default the path with ids replaced by `:id`, without query and fragment */
  readonly name?: ((location: Location) => string) | undefined;
}

/** Longest name of a page, in UTF-16 units. */
const MAX_NAME_LENGTH = 200;

/**
 * Sends a timer `page.load` for the load of the page, and a counter `page.view` for it and for each change of route after it, with `page` and, but for the
 * first, `from` in its metadata. `page` is in the metadata of all that is said meanwhile.
 */
export function navigation({ name = (location) => pathName(location.pathname) }: NavigationOptions = {}): Capture {
  let isFirst = true;

  function pageOf({ tell }: CaptureContext): string {
    try {
      const given: unknown = name(location);
      if (typeof given === 'string') return given.slice(0, MAX_NAME_LENGTH);
    } catch (error) {
      tell(`the name of a page could not be found: ${textOf(error)}`);
    }
    return pathName(location.pathname);
  }

  return {
    name: 'navigation',
    start(context) {
      if (typeof document === 'undefined' || typeof location === 'undefined') return () => undefined;
      const { metlog } = context;
      let path = location.pathname;
      const firstPage = pageOf(context);
      let page = firstPage;
      metlog.setMetadata({ page });
      const endLoad = isFirst ? onLoad(context, (entry) => recordLoad(context, firstPage, entry)) : undefined;
      if (isFirst) metlog.incr('page.view', { metadata: { page } });
      isFirst = false;

      const endRoutes = onRouteChange(() => {
        const from = page;
        const isSamePath = path === location.pathname;
        path = location.pathname;
        page = pageOf(context);
        if (isSamePath && page === from) return; // another query, or a state of the same page
        metlog.setMetadata({ page });
        metlog.incr('page.view', { metadata: { page, from } });
      });
      return () => {
        endLoad?.();
        endRoutes();
        metlog.setMetadata({ page: null });
      };
    },
  };
}

function recordLoad({ metlog, clock }: CaptureContext, page: string, entry: PerformanceNavigationTiming): void {
  const { loadEventEnd, responseStart, domContentLoadedEventEnd, type } = entry;
  metlog.timing('page.load', loadEventEnd, {
    timestamp: clock.now() - performance.now(),
    metadata: { page, navigation: type, responseStart, domContentLoaded: domContentLoadedEventEnd },
  });
}

/** Runs `task` with the timing of the page's load, once it is complete. */
function onLoad({ clock }: CaptureContext, task: (entry: PerformanceNavigationTiming) => void): Cancel {
  let cancel: Cancel | undefined;
  const look = (): void => {
    const [entry] = performance.getEntriesByType('navigation');
    if (entry && entry.loadEventEnd > 0) task(entry);
  };
  const onEvent = (): void => {
    cancel = clock.after(0, look); // the event has no end while it is being told
  };
  if (document.readyState === 'complete') onEvent();
  else addEventListener('load', onEvent);
  return () => {
    removeEventListener('load', onEvent);
    cancel?.();
  };
}
