import { afterAll, beforeAll, beforeEach, describe, onTestFinished } from 'vitest';
import { BROWSER_NAMES, type Browser, type BrowserName, type Page } from '../drivers/browser.ts';
import { missingFor, startBrowser } from '../drivers/start-browser.ts';

export interface TestBrowser {
  readonly name: BrowserName;
  /** Opens a page, which is closed with the test. */
  open(url: string): Promise<Page>;
}

/** Has these tests in each of the three browsers, one started for all of them. Where it is missing they are skipped, and say why; with CI=true they fail. */
export function inEachBrowser(tests: (browser: TestBrowser) => void): void {
  for (const name of BROWSER_NAMES) inBrowser(name, tests);
}

/** The same in one of them. */
export function inBrowser(name: BrowserName, tests: (browser: TestBrowser) => void): void {
  describe(`in ${name}`, () => {
    const missing = missingFor(name);
    if (missing.length > 0) skipOrFail(`${missing.join(', ')} not found here; install it with: test/browser/setup.sh`);
    let running: Browser | undefined;
    beforeAll(async () => {
      if (missing.length === 0) running = await startBrowser(name);
    });
    afterAll(() => running?.close());
    tests({
      name,
      async open(url) {
        if (running === undefined) throw new Error(`${name} is not running`);
        const page = await running.open(url);
        onTestFinished(() => page.close());
        return page;
      },
    });
  });
}

function skipOrFail(text: string): void {
  const mayNotSkip = Boolean(process.env['CI']);
  if (!mayNotSkip) console.warn(`SKIPPED: ${text}`);
  beforeEach((context) => {
    if (mayNotSkip) throw new Error(text);
    context.skip(text);
  });
}
