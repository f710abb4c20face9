import { createRequire } from 'node:module';
import { DEAD_PROXY, type Browser, type Page } from './browser.ts';
import { leave } from './leave.ts';
import { createProfile } from './profile.ts';

/** What is used of puppeteer-core, which is installed only where browsers are tested. */
interface Puppeteer {
  launch(options: object): Promise<PuppeteerBrowser>;
}
interface PuppeteerBrowser {
  newPage(): Promise<PuppeteerPage>;
  close(): Promise<void>;
}
interface PuppeteerPage {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  screenshot(options: { path: string }): Promise<unknown>;
  setOfflineMode(isOffline: boolean): Promise<void>;
  isClosed(): boolean;
  close(): Promise<void>;
}

export const FIREFOX = '/usr/bin/firefox-esr';

/** Debian's Firefox without a window, by WebDriver BiDi. */
export async function startFirefox(): Promise<Browser> {
  const puppeteer = createRequire(import.meta.url)('puppeteer-core') as Puppeteer;
  const profile = await createProfile();
  const running = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: {
      'network.proxy.type': 1,
      'network.proxy.http': DEAD_PROXY.host,
      'network.proxy.http_port': DEAD_PROXY.port,
      'network.proxy.ssl': DEAD_PROXY.host,
      'network.proxy.ssl_port': DEAD_PROXY.port,
      'network.proxy.no_proxies_on': '127.0.0.1,localhost',
    },
    env: { ...process.env, HOME: profile.dir },
  });
  return {
    name: 'firefox',
    async open(url) {
      const opened = createPage(await running.newPage(), running);
      await opened.goto(url);
      return opened;
    },
    async close() {
      await running.close();
      await profile.remove();
    },
  };
}

function createPage(page: PuppeteerPage, running: PuppeteerBrowser): Page {
  let cover: PuppeteerPage | undefined;
  return {
    async goto(url) {
      await page.goto(url);
    },
    evaluate: async <T>(expression: string) => (await page.evaluate(expression)) as T,
    click: (selector) => page.click(selector),
    async screenshot(path) {
      await page.screenshot({ path });
    },
    setOffline: (isOffline) => page.setOfflineMode(isOffline),
    async setHidden(isHidden) {
      await cover?.close();
      cover = isHidden ? await running.newPage() : undefined; // a tab in front of it
    },
    async close() {
      await cover?.close();
      cover = undefined;
      if (page.isClosed()) return;
      // By the page itself: `goto` waits in vain once a page has come back from the back/forward cache.
      await leave((expression) => page.evaluate(expression));
      await page.close();
    },
  };
}
