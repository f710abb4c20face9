import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, BrowserName } from './browser.ts';
import { CHROMIUM, startChromium } from './chromium.ts';
import { FIREFOX, startFirefox } from './firefox.ts';
import { MINI_BROWSER, startWebkit, WEBKIT_DRIVER, XVFB } from './webkit.ts';

const installed = (name: string): string => resolve('test/browser/node_modules', name, 'package.json');

const BROWSERS: Readonly<Record<BrowserName, { start(): Promise<Browser>; readonly wants: readonly string[] }>> = {
  chromium: { start: startChromium, wants: [CHROMIUM, installed('playwright-core')] },
  firefox: { start: startFirefox, wants: [FIREFOX, installed('puppeteer-core')] },
  webkit: { start: startWebkit, wants: [WEBKIT_DRIVER, MINI_BROWSER, XVFB] },
};

/** Starts a browser with a profile of its own. */
export const startBrowser = (name: BrowserName): Promise<Browser> => BROWSERS[name].start();

/** What this browser wants and is not here. */
export const missingFor = (name: BrowserName): readonly string[] =>
  BROWSERS[name].wants.filter((path) => !existsSync(path));
