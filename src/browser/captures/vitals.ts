import { onCLS, onFCP, onINP, onLCP, onTTFB, type Metric } from 'web-vitals';
import type { Capture } from '../../core/capture.ts';
import type { Metlog } from '../../core/metlog.ts';

/**
 * Sends the page's web vitals when they are final, most of them as the page is hidden: `web-vitals.lcp`, `.inp`, `.fcp` and `.ttfb` as timers, `.cls`,
 * which is no duration, as a gauge; with `rating`, `navigation` and an `id` in their metadata. A value that has grown comes again, under the same `id`.
 * https://web.dev/articles/vitals
 */
export function vitals(): Capture {
  const clients = new Set<Metlog>();
  let isListening = false;

  function report({ name, value, rating, navigationType, id }: Metric): void {
    const options = { metadata: { rating, navigation: navigationType, id } };
    const said = `web-vitals.${name.toLowerCase()}`;
    for (const metlog of clients) {
      if (name === 'CLS') metlog.gauge(said, value, options);
      else metlog.timing(said, value, options);
    }
  }

  return {
    name: 'vitals',
    start({ metlog }) {
      if (typeof document === 'undefined' || typeof PerformanceObserver === 'undefined') return () => undefined;
      clients.add(metlog);
      // The library listens on the window and observes for as long as the page lives: it can be asked once, and not be stopped.
      if (!isListening) for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(report);
      isListening = true;
      return () => {
        clients.delete(metlog);
      };
    },
  };
}
