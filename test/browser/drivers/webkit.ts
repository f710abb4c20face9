import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { DEAD_PROXY, type Browser, type Page } from './browser.ts';
import { startChild, type Child } from './child.ts';
import { createProfile } from './profile.ts';
import { openSession, type WebDriverSession } from './webdriver.ts';

export const WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver';
export const XVFB = '/usr/bin/Xvfb';
/** WebKitGTK's own small browser lies in a folder that is named for the processor. */
export const MINI_BROWSER =
  readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`)
    .find((path) => existsSync(path)) ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** A minimized window is restored by any place and size. https://www.w3.org/TR/webdriver2/#set-window-rect */
const SHOWN = { x: 0, y: 0, width: 800, height: 600 };

const READY_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Debian's WebKitGTK by WebDriver. It wants a display, and has Xvfb's. */
export async function startWebkit(): Promise<Browser> {
  const profile = await createProfile();
  const display = startChild(XVFB, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']);
  const [line] = (await once(display.third, 'data')) as [Buffer];
  const port = await freePort();
  const driver = startChild(WEBKIT_DRIVER, ['--host=127.0.0.1', `--port=${port}`], {
    ...process.env,
    DISPLAY: `:${line.toString().trim()}`,
    HOME: profile.dir,
    XDG_RUNTIME_DIR: profile.dir,
    LIBGL_ALWAYS_SOFTWARE: '1',
    NO_AT_BRIDGE: '1',
    http_proxy: `http://${DEAD_PROXY.host}:${DEAD_PROXY.port}`,
    no_proxy: '127.0.0.1,localhost',
  });
  const server = `http://127.0.0.1:${port}`;
  await untilReady(server, driver);
  const session = await openSession(server, {
    'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] },
  });
  const windows = createWindows(session, await session.get<string>('/window'));
  return {
    name: 'webkit',
    async open(url) {
      const opened = createPage(windows, await windows.create());
      await opened.goto(url);
      return opened;
    },
    async close() {
      if (!driver.hasEnded) await session.remove();
      await driver.stop();
      await display.stop();
      await profile.remove();
    },
  };
}

async function untilReady(server: string, driver: Child): Promise<void> {
  const giveUpMs = performance.now() + READY_WITHIN_MS;
  const isReady = (): Promise<boolean> =>
    fetch(`${server}/status`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (driver.hasEnded || performance.now() > giveUpMs) {
      throw new Error(`WebKitWebDriver is not ready: ${driver.output()}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

interface Windows {
  create(): Promise<string>;
  /** Runs commands in this window. A session looks at one window at a time, so others wait. */
  within<T>(handle: string, run: (session: WebDriverSession) => Promise<T>): Promise<T>;
}

/** `first` is the window that the session began with. It stays empty, as new ones are opened from it, and as the session ends with its last. */
function createWindows(session: WebDriverSession, first: string): Windows {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined); // the next is not concerned
    return result;
  };
  const within: Windows['within'] = (handle, run) =>
    inTurn(async () => {
      await session.post('/window', { handle });
      return run(session);
    });
  return {
    create: () =>
      within(
        first,
        async () => (await session.post<{ readonly handle: string }>('/window/new', { type: 'window' })).handle,
      ),
    within,
  };
}

type Outcome = { readonly value: unknown } | { readonly thrown: string };

function createPage(windows: Windows, handle: string): Page {
  let isClosed = false;
  const evaluate = async <T>(expression: string): Promise<T> => {
    const script = `
      const done = arguments[arguments.length - 1];
      (async () => (${expression}))().then((value) => done({ value: value ?? null }), (error) => done({ thrown: String(error) }));`;
    const outcome = await windows.within(handle, (session) =>
      session.post<Outcome>('/execute/async', { script, args: [] }),
    );
    if ('thrown' in outcome) throw new Error(outcome.thrown);
    return outcome.value as T;
  };
  const goto = (url: string): Promise<void> => windows.within(handle, (session) => session.post('/url', { url }));
  return {
    goto,
    evaluate,
    click: (selector) =>
      windows.within(handle, async (session) => {
        const found = await session.post<Record<string, string>>('/element', {
          using: 'css selector',
          value: selector,
        });
        await session.post(`/element/${Object.values(found)[0] ?? ''}/click`);
      }),
    screenshot: (path) =>
      windows.within(handle, async (session) =>
        writeFile(path, Buffer.from(await session.get<string>('/screenshot'), 'base64')),
      ),
    // WebDriver cannot take the network away, so the page is only told; a test that wants it gone lets the server's door shut as well.
    setOffline: (isOffline) =>
      evaluate(
        `(Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => ${!isOffline} }), ` +
          `dispatchEvent(new Event('${isOffline ? 'offline' : 'online'}')), null)`,
      ),
    setHidden: (isHidden) =>
      windows.within(handle, async (session) => {
        await (isHidden ? session.post('/window/minimize') : session.post('/window/rect', SHOWN));
      }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await goto('about:blank');
      await windows.within(handle, (session) => session.remove('/window'));
    },
  };
}
