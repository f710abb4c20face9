import type { Capture } from '../../core/capture.ts';
import type { Cancel } from '../../core/platform.ts';
import { onPageHidden } from './on-page-hidden.ts';
import { createUncaught, type ErrorsOptions, type Uncaught } from './uncaught.ts';

/**
 * Sends what nobody caught, errors and rejected promises, as exceptions with `handled: false`; in workers too. An error object is sent once, and not at
 * all if a binding has sent it. What the page does with its errors stays as it is.
 */
export function errors(options: ErrorsOptions = {}): Capture {
  return captureUncaught(createUncaught(options));
}

/** Hands `uncaught` what the page tells of. */
export function captureUncaught(uncaught: Uncaught): Capture {
  return {
    name: 'errors',
    start({ metlog }): Cancel {
      if (typeof addEventListener !== 'function') return () => undefined;
      const onEvent = (event: Event): void => uncaught.take(metlog, event);
      addEventListener('error', onEvent);
      addEventListener('unhandledrejection', onEvent);
      const endHidden = onPageHidden(() => uncaught.tellLeftOut(metlog));
      return () => {
        removeEventListener('error', onEvent);
        removeEventListener('unhandledrejection', onEvent);
        endHidden();
        uncaught.tellLeftOut(metlog);
      };
    },
  };
}
