import type { Capture } from '../../core/capture.ts';
import { createCrumbRing, CRUMB_COUNT } from '../../core/crumb-ring.ts';

export interface BreadcrumbsOptions {
  /** How many are kept, and sent with each exception. At most 100. @default 20 */
  readonly max?: number | undefined;
}

/** Remembers the last messages, and puts them into `metadata.breadcrumbs` of exceptions, the latest last: by name, or by how their payload starts. */
export function breadcrumbs({ max = CRUMB_COUNT }: BreadcrumbsOptions = {}): Capture {
  const ring = createCrumbRing(max);
  return {
    name: 'breadcrumbs',
    start({ metlog }) {
      ring.start(metlog);
      return () => ring.stop();
    },
  };
}
