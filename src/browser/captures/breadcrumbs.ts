import type { Capture, CaptureContext } from '../../core/capture.ts';
import { createCrumbRing, CRUMB_COUNT, type CrumbRing } from '../../core/crumb-ring.ts';
import type { Cancel } from '../../core/platform.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { describeElement } from './describe-element.ts';
import { onRouteChange } from './on-route-change.ts';
import { pathName } from './path-name.ts';

export interface BreadcrumbsOptions {
  /** How many are kept, and sent with each exception. At most 100. @default 20 */
  readonly max?: number | undefined;
}

/**
 * Remembers what was said last, clicks and changes of route, and puts it into `metadata.breadcrumbs` of exceptions, the latest last. A click is its
 * element's tag, id and classes, never a text or a value; a route is its path with ids replaced by `:id`.
 */
export function breadcrumbs({ max = CRUMB_COUNT }: BreadcrumbsOptions = {}): Capture {
  const ring = createCrumbRing(max);
  return {
    name: 'breadcrumbs',
    start(context) {
      ring.start(context.metlog);
      const endPage = watchPage(context, ring);
      return () => {
        endPage();
        ring.stop();
      };
    },
  };
}

function watchPage({ clock }: CaptureContext, ring: CrumbRing): Cancel {
  if (typeof document === 'undefined') return () => undefined;
  const onClick = (event: Event): void => {
    const target = describeElement(event.composedPath()[0]);
    if (target !== null) ring.add({ timestamp: formatTimestamp(clock.now()), type: 'click', target });
  };
  let path = pathName(location.pathname);
  const endRoutes = onRouteChange(() => {
    const from = path;
    path = pathName(location.pathname);
    if (path !== from) ring.add({ timestamp: formatTimestamp(clock.now()), type: 'route', from, to: path });
  });
  document.addEventListener('click', onClick, true); // on its way down, where nobody can stop it
  return () => {
    document.removeEventListener('click', onClick, true);
    endRoutes();
  };
}
