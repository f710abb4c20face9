import type { Capture, CaptureContext } from '../../core/capture.ts';
import { textOf } from '../../core/text-of.ts';
import { onPageHidden } from './on-page-hidden.ts';
import { addressName } from './path-name.ts';

export interface FetchTimingOptions {
  /** Names the timer of an address; null leaves its requests out. What it answers leaves the page. @default host and path, with ids replaced by `:id`, without query */
  readonly name?: ((url: URL) => string | null) | undefined;
  /** Most names that one page sends; past it the name is `other`. @default 200 */
  readonly maxNames?: number | undefined;
  /** The `initiatorType`s of the requests that are timed, such as `script` or `img`. @default fetch, xmlhttprequest */
  readonly types?: readonly string[] | undefined;
}

/** Addresses made from data would otherwise fill every index over names. */
const MAX_NAMES = 200;
/** Longest name, in UTF-16 units: what a metric may have. */
const MAX_NAME_LENGTH = 256;

/**
 * Sends a timer for each request that the page made with `fetch` or XMLHttpRequest, its start as timestamp, with `initiator`, `status` and sizes in the
 * metadata where the browser tells them: other origins must allow it (`Timing-Allow-Origin`). The SDK's own requests are left out.
 */
export function fetchTiming(options: FetchTimingOptions = {}): Capture {
  const { maxNames = MAX_NAMES, types = ['fetch', 'xmlhttprequest'] } = options;
  const names = new Set<string>();
  let isFirst = true;

  function nameOf(url: string, tell: CaptureContext['tell']): string | null {
    const standard = addressName(url);
    if (standard === null || !options.name) return standard;
    try {
      const given: unknown = options.name(new URL(url));
      return typeof given === 'string' && given !== '' ? given.slice(0, MAX_NAME_LENGTH) : null;
    } catch (error) {
      tell(`the name of a request could not be found: ${textOf(error)}`);
      return standard;
    }
  }

  /** `name` while there is room for it. */
  function bounded(name: string): string {
    if (names.size < maxNames) names.add(name);
    return names.has(name) ? name : 'other';
  }

  function record({ metlog, clock, isOwnRequest, tell }: CaptureContext, entry: PerformanceResourceTiming): void {
    if (!types.includes(entry.initiatorType) || isOwnRequest(entry.name)) return;
    const name = nameOf(entry.name, tell);
    if (name === null) return;
    metlog.timing(bounded(name), entry.duration, {
      timestamp: clock.now() - performance.now() + entry.startTime,
      metadata: factsOf(entry),
    });
  }

  return {
    name: 'fetchTiming',
    start(context) {
      if (!canObserve()) return () => undefined;
      const take = (entries: PerformanceEntryList): void => {
        for (const entry of entries) record(context, entry as PerformanceResourceTiming);
      };
      const observer = new PerformanceObserver((list) => take(list.getEntries()));
      // Those from before the SDK was there too, once.
      observer.observe({ type: 'resource', buffered: isFirst });
      isFirst = false;
      const takeRest = (): void => take(observer.takeRecords());
      const endHidden = onPageHidden(takeRest);
      return () => {
        takeRest();
        observer.disconnect();
        endHidden();
      };
    },
  };
}

/** Node has the observer as well; there the SDK's own requests would be timed, and sent, for ever. */
function canObserve(): boolean {
  if (typeof location === 'undefined' || typeof PerformanceObserver === 'undefined') return false;
  const types = PerformanceObserver.supportedEntryTypes as readonly string[] | undefined; // absent in browsers before 2019
  return types?.includes('resource') === true;
}

/** What is 0 or absent was not told. */
function factsOf(entry: PerformanceResourceTiming): Readonly<Record<string, unknown>> {
  return {
    initiator: entry.initiatorType,
    status: entry.responseStatus || undefined,
    transferBytes: entry.transferSize || undefined,
    bodyBytes: entry.encodedBodySize || undefined,
  };
}
