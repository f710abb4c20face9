import type { Page } from '../drivers/browser.ts';

/** Notes what a page complains of. The same in every browser, as not every driver tells. */
export const WATCH_SCRIPT = `
window.watched = [];
for (const level of ['warn', 'error']) {
  const original = console[level];
  console[level] = (...words) => {
    window.watched.push(level + ': ' + words.join(' '));
    original.apply(console, words);
  };
}
addEventListener('error', (event) => window.watched.push('uncaught: ' + event.message));
addEventListener('unhandledrejection', (event) => window.watched.push('unhandled: ' + event.reason));
addEventListener('securitypolicyviolation', (event) =>
  window.watched.push('violation: ' + event.violatedDirective + ' ' + event.blockedURI));
`;

/** What this page has complained of so far: warnings and errors on its console, uncaught errors, violations of its policy. */
export const complaintsOf = (page: Page): Promise<readonly string[]> => page.evaluate('window.watched');
