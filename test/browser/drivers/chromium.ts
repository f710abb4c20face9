import { createRequire } from 'node:module';
import { DEAD_PROXY, type Browser, type Page } from './browser.ts';
import { leave } from './leave.ts';
import { createProfile } from './profile.ts';

/** What is used of playwright-core, which is installed only where browsers are tested. */
interface Playwright {
  readonly chromium: { launch(options: object): Promise<PlaywrightBrowser> };
}
interface PlaywrightBrowser {
  newContext(): Promise<PlaywrightContext>;
  close(): Promise<void>;
}
interface PlaywrightContext {
  newPage(): Promise<PlaywrightPage>;
  newCDPSession(page: PlaywrightPage): Promise<CdpSession>;
}
interface PlaywrightPage {
  goto(url: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  screenshot(options: { path: string }): Promise<unknown>;
  isClosed(): boolean;
  close(): Promise<void>;
}
interface CdpSession {
  send(method: 'Runtime.evaluate', options: object): Promise<Evaluated>;
  send(method: string, options?: object): Promise<unknown>;
}
interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

export const CHROMIUM = '/usr/bin/chromium';

/** Debian's Chromium without a window, by its own protocol. */
export async function startChromium(): Promise<Browser> {
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
  const profile = await createProfile();
  const running = await chromium.launch({
    executablePath: CHROMIUM,
    args: [`--proxy-server=http://${DEAD_PROXY.host}:${DEAD_PROXY.port}`],
    ignoreDefaultArgs: ['--disable-back-forward-cache'], // people's browsers have it
    env: { ...process.env, HOME: profile.dir },
  });
  const context = await running.newContext();
  return {
    name: 'chromium',
    async open(url) {
      const page = await context.newPage();
      const opened = createPage(page, await context.newCDPSession(page));
      await opened.goto(url);
      return opened;
    },
    async close() {
      await running.close();
      await profile.remove();
    },
  };
}

function createPage(page: PlaywrightPage, cdp: CdpSession): Page {
  return {
    async goto(url) {
      await page.goto(url);
    },
    // Playwright's own `evaluate` uses `eval`, which a page's policy forbids and reports.
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      });
      if (exceptionDetails !== undefined) {
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      }
      return result.value as T;
    },
    click: (selector) => page.click(selector),
    async screenshot(path) {
      await page.screenshot({ path });
    },
    async setOffline(offline) {
      await cdp.send('Network.enable');
      await cdp.send('Network.emulateNetworkConditions', {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      });
    },
    // Playwright holds its pages visible, behind other tabs too (`Emulation.setFocusEmulationEnabled`), so the page is only told.
    async setHidden(isHidden) {
      const state = isHidden ? 'hidden' : 'visible';
      await cdp.send('Runtime.evaluate', {
        expression:
          `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' }); ` +
          `document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
      });
    },
    async close() {
      if (page.isClosed()) return;
      // By the page itself: `goto` hands on to another process, and the last words are cut off when that is closed before they are said.
      await leave(async (expression) => {
        const { result } = await cdp.send('Runtime.evaluate', { expression, returnByValue: true });
        return result.value;
      });
      await page.close();
    },
  };
}
