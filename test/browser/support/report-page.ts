import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import { CHROMIUM } from '../drivers/chromium.ts';
import { DEAD_PROXY } from '../drivers/browser.ts';
import { WATCH_SCRIPT } from './watch.ts';

/** What is used of playwright-core's elements. https://playwright.dev/docs/api/class-locator */
export interface Locator {
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  hover(): Promise<void>;
  press(key: string): Promise<void>;
  selectOption(value: string): Promise<unknown>;
  textContent(): Promise<string | null>;
  innerText(): Promise<string>;
  allInnerTexts(): Promise<readonly string[]>;
  getAttribute(name: string): Promise<string | null>;
  boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null>;
  waitFor(options?: { state?: 'attached' | 'detached' | 'visible' | 'hidden'; timeout?: number }): Promise<void>;
  count(): Promise<number>;
  isVisible(): Promise<boolean>;
  first(): Locator;
  nth(index: number): Locator;
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  getByText(text: string | RegExp, options?: { exact?: boolean }): Locator;
  getByLabel(text: string | RegExp, options?: { exact?: boolean }): Locator;
}

interface PlaywrightPage extends Omit<Locator, 'count' | 'first' | 'nth' | 'press'> {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  goBack(): Promise<unknown>;
  url(): string;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  emulateMedia(media: { colorScheme: 'light' | 'dark' }): Promise<void>;
  screenshot(options: { path: string; fullPage?: boolean }): Promise<unknown>;
  addInitScript(script: { content: string }): Promise<void>;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  readonly mouse: {
    move(x: number, y: number): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
  };
  waitForEvent(event: 'download'): Promise<{ path(): Promise<string> }>;
  waitForResponse(wanted: (response: PageResponse) => boolean): Promise<PageResponse>;
  close(): Promise<void>;
}

export interface PageResponse {
  url(): string;
  status(): number;
  json(): Promise<unknown>;
}

/** A page of the report in Chromium, as its reader has it. */
export interface ReportPage extends Omit<PlaywrightPage, 'screenshot' | 'addInitScript' | 'on'> {
  /** Addresses of all that was requested so far. */
  readonly requests: readonly string[];
  /** Evaluates an expression in the page, by the debugger's protocol: the page's policy forbids what Playwright does. */
  run<T>(expression: string): Promise<T>;
  /** Fails if the page complained, asked anybody but its own server, is wider than its window, or if axe finds something serious. */
  expectSound(): Promise<void>;
  /** Takes pictures at desktop and phone width, light and dark, and with METLOG_WRITE=1 keeps them as `test/browser/screens/<name>-<width>-<scheme>.png`. Fails if one is too wide, or axe finds something serious in it. */
  picture(name: string): Promise<void>;
}

interface Chromium {
  newContext(options: object): Promise<{
    newPage(): Promise<PlaywrightPage>;
    newCDPSession(page: PlaywrightPage): Promise<{ send(method: string, options?: object): Promise<unknown> }>;
    close(): Promise<void>;
  }>;
  close(): Promise<void>;
}

/** Pictures are kept when they are asked for: a test run leaves the tree as it was. */
const PICTURES = process.env['METLOG_WRITE'] ? 'test/browser/screens' : 'node_modules/.cache/screens';
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const NEEDED = [CHROMIUM, ...['playwright-core', 'axe-core'].map((name) => resolve('test/browser/node_modules', name))];

/** Has these tests with one Chromium. Where it is missing they are skipped, and say why; with CI=true they fail. */
export function withReportPages(label: string, tests: (open: (url: string) => Promise<ReportPage>) => void): void {
  describe(label, () => {
    const missing = NEEDED.filter((path) => !existsSync(path));
    let chromium: Chromium | undefined;
    beforeAll(async () => {
      if (missing.length > 0) return;
      const playwright = createRequire(import.meta.url)('playwright-core') as {
        readonly chromium: { launch(options: object): Promise<Chromium> };
      };
      chromium = await playwright.chromium.launch({
        executablePath: CHROMIUM,
        args: [`--proxy-server=http://${DEAD_PROXY.host}:${DEAD_PROXY.port}`],
      });
    });
    afterAll(() => chromium?.close());
    beforeEach((context) => {
      if (missing.length === 0) return;
      const text = `${missing.join(', ')} not found here; install it with: test/browser/setup.sh`;
      if (process.env['CI']) throw new Error(text);
      console.warn(`SKIPPED: ${text}`);
      context.skip(text);
    });
    tests(async (url) => {
      if (chromium === undefined) throw new Error('Chromium is not running');
      return openPage(chromium, url);
    });
  });
}

async function openPage(chromium: Chromium, url: string): Promise<ReportPage> {
  const context = await chromium.newContext({ viewport: DESKTOP, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.addInitScript({ content: WATCH_SCRIPT + TRAPS });
  await page.addInitScript({ content: await readFile('test/browser/node_modules/axe-core/axe.min.js', 'utf8') });
  await page.goto(url);

  async function run<T>(expression: string): Promise<T> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = (await cdp.send('Runtime.evaluate', options)) as {
      readonly result: { readonly value?: T };
      readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
    };
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  }

  /** What axe finds, once no answer stands there dimmed because the next one takes long. */
  async function findings(): Promise<unknown> {
    await expect.poll(() => run("document.querySelectorAll('.is-before').length")).toBe(0);
    return run(AXE);
  }

  const added: Omit<ReportPage, keyof PlaywrightPage> & Pick<ReportPage, 'run'> = {
    requests,
    run,
    async expectSound() {
      const { origin } = new URL(url);
      expect(requests.filter((one) => !one.startsWith(origin) && !one.startsWith('data:'))).toEqual([]);
      expect(await run('window.watched')).toEqual([]);
      expect(await run('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      expect(await findings()).toEqual([]);
    },
    async picture(name) {
      for (const [width, size] of [['desktop', DESKTOP] as const, ['phone', PHONE] as const]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme });
          // Graphs are drawn anew in a frame of their own.
          await run('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 150)))');
          await page.screenshot({ path: `${PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
          expect([width, colorScheme, await findings()]).toEqual([width, colorScheme, []]);
          expect(await run('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
        }
      }
      await page.setViewportSize(DESKTOP);
      await page.emulateMedia({ colorScheme: 'light' });
    },
  };
  return new Proxy(page as unknown as ReportPage, {
    get(target, name) {
      if (Object.hasOwn(added, name)) return added[name as keyof typeof added];
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Whatever a text of a message would do if it ran: it is told as a complaint of the page. */
const TRAPS = `
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = (...words) => void window.watched.push(name + ': ' + words.join(' '));
Object.defineProperty(globalThis, 'pwned', { set: () => window.watched.push('ran: ' + new Error().stack) });
`;

/** What axe calls serious or critical, as `rule: what it stands at`. */
const AXE = `axe.run().then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html.slice(0, 200))))`;
