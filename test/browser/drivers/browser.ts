export const BROWSER_NAMES = ['chromium', 'firefox', 'webkit'] as const;
export type BrowserName = (typeof BROWSER_NAMES)[number];

/** A real browser with one profile, which all of its pages share. */
export interface Browser {
  readonly name: BrowserName;
  /** Opens a page in front of the others, and resolves once it has loaded. */
  open(url: string): Promise<Page>;
  /** Ends the browser, all of its processes, and removes its profile. Idempotent. */
  close(): Promise<void>;
}

export interface Page {
  /** Navigates, and resolves once the new page has loaded. */
  goto(url: string): Promise<void>;
  /**
   * The value of this expression in the page; a promise is waited for. It has to be JSON. A page's policy has no say in it. Rejects with what
   * it throws, and when the page is left meanwhile: for an expression that navigates, `setTimeout(() => location.assign(…))`.
   */
  evaluate<T>(expression: string): Promise<T>;
  click(selector: string): Promise<void>;
  /** Writes a PNG of what is to be seen. */
  screenshot(path: string): Promise<void>;
  /** Takes the page off the network or back: `navigator.onLine` and its events. Chromium and Firefox really cut it off; see `webkit.ts`. */
  setOffline(isOffline: boolean): Promise<void>;
  /** Has the page be hidden, as behind another tab, or to be seen again. Firefox and WebKit really hide it; see `chromium.ts`. */
  setHidden(isHidden: boolean): Promise<void>;
  /** Navigates to an empty page, since a page says its last words more reliably then than when its window is closed, and closes that. Idempotent. */
  close(): Promise<void>;
}

/** Nobody listens there: what a browser would tell its makers in the background stays on this machine. Loopback goes past it. */
export const DEAD_PROXY = { host: '127.0.0.1', port: 9 } as const;
