import { onCLS, onFCP, onINP, onLCP, onTTFB, type Metric } from 'web-vitals';
import type { Capture } from '../../core/capture.ts';
import type { Metlog } from '../../core/metlog.ts';
import { onPageHidden } from './on-page-hidden.ts';

/**
 * Sends the page's web vitals when they are final, most of them as the page is hidden: `web-vitals.lcp`, `.inp`, `.fcp` and `.ttfb` as timers, `.cls`,
 * which is no duration, as a gauge; with `rating`, `navigation` and an `id` in their metadata. A value that has grown comes again, under the same `id`.
 * https://web.dev/articles/vitals
 */
export function vitals(): Capture {
  const clients = new Set<Metlog>();
  let isListening = false;
  let heldInp: Metric | undefined;

  function report({ name, value, rating, navigationType, id }: Metric): void {
    const options = { metadata: { rating, navigation: navigationType, id } };
    const said = `web-vitals.${name.toLowerCase()}`;
    for (const metlog of clients) {
      if (name === 'CLS') metlog.gauge(said, value, options);
      else metlog.timing(said, value, options);
    }
  }

  // The library reads an interaction when the page is idle. Where the page is hidden before, it does so too late for its own last report, and what led away
  // from the page would be missing. So it is asked for each change, and the latest is kept until all that listens on the window has been called.
  function holdInp(metric: Metric): void {
    heldInp = metric;
    if (document.visibilityState === 'hidden') queueMicrotask(reportInp); // it may have come after the event
  }

  function reportInp(): void {
    const metric = heldInp;
    heldInp = undefined;
    if (metric) report(metric);
  }

  return {
    name: 'vitals',
    start({ metlog }) {
      if (typeof document === 'undefined' || typeof PerformanceObserver === 'undefined') return () => undefined;
      clients.add(metlog);
      // The library listens on the window and observes for as long as the page lives: it can be asked once, and not be stopped.
      if (!isListening) {
        isListening = true;
        for (const on of [onCLS, onFCP, onLCP, onTTFB]) on(report);
        onINP(holdInp, { reportAllChanges: true });
      }
      const endHidden = onPageHidden(reportInp);
      return () => {
        endHidden();
        clients.delete(metlog);
      };
    },
  };
}
