/** Errors that tell nothing of the page that reports them. */
export const ERROR_NOISE: readonly (string | RegExp)[] = [
  // What a page gets to see of another origin's error. https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors
  /^Script error\.?$/,
  // A notification that comes a frame later, which no reader sees. https://drafts.csswg.org/resize-observer/#deliver-resize-error
  'ResizeObserver loop',
  // A request that the page itself gave up, or that ended with the page.
  /^AbortError: /,
  // Code that is not the page's.
  /^(?:chrome|moz|safari|safari-web|ms-browser)-extension:\/\//,
  // What the link checkers of mail programs reject promises with when they open a page.
  /^Object Not Found Matching Id:\d/,
];

/** Whether one of `patterns` is in the error's title or in the address of its code. */
export function isNoise(patterns: readonly (string | RegExp)[], title: string, source: string): boolean {
  return [title, source].some((text) =>
    patterns.some((pattern) => (typeof pattern === 'string' ? text.includes(pattern) : text.search(pattern) !== -1)),
  );
}
