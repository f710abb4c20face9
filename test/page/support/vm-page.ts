import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import type { Message } from '../../../src/core/schema.ts';
import { readMessages } from '../../../src/testing/memory-transport.ts';

/** A page with globals of its own, which may be broken without breaking the test; time stands still until it is moved. */
export interface VmPage {
  /** The value of this script in the page. */
  run(script: string): unknown;
  /** Loads the script-tag build, as `window.metlog`. */
  load(): void;
  /** Moves time on by `ms` milliseconds, and lets everything that awaits promises run on. */
  advance(ms: number): Promise<void>;
  /** Has the page be hidden, or looked at. */
  show(state: 'hidden' | 'visible'): void;
  /** The client's book, as JSON. */
  stats(): string;
  /** What left the page. */
  messages(): readonly Message[];
}

/** What a page has before anything is done to it. `posted` and `timers` are the test's. */
const PAGE = `
  const listeners = new EventTarget();
  const createStorage = () => {
    const storage = {};
    const methods = {
      getItem: (key) => (Object.hasOwn(storage, key) ? storage[key] : null),
      setItem: (key, value) => void (storage[key] = String(value)),
      removeItem: (key) => delete storage[key],
    };
    return Object.setPrototypeOf(storage, methods);
  };
  Object.assign(globalThis, {
    location: { href: 'http://127.0.0.1/', protocol: 'http:' },
    performance: { now: () => Date.now() },
    document: Object.assign(new EventTarget(), {
      currentScript: { src: 'http://127.0.0.1/metlog.js', dataset: { logger: 'page', sessionRate: '0.999999' } },
      baseURI: 'http://127.0.0.1/',
      visibilityState: 'visible',
    }),
    addEventListener: listeners.addEventListener.bind(listeners),
    removeEventListener: listeners.removeEventListener.bind(listeners),
    localStorage: createStorage(),
    sessionStorage: createStorage(),
    navigator: { onLine: true, sendBeacon: (url, text) => { posted(text); return true } },
    fetch: async (url, { body }) => {
      posted(body);
      return { status: 202, text: async () => '{"accepted":1,"refused":[]}', headers: { get: () => null } };
    },
  });`;

/** Turns of the microtask queue: more than any chain of promises here is long. */
const TURNS = 60;

export function createVmPage(): VmPage {
  const bodies: string[] = [];
  const timers = new Map<number, { readonly atMs: number; readonly task: () => void }>();
  let elapsedMs = 0;
  let lastTimer = 0;
  const context = createContext({
    EventTarget,
    Event,
    ErrorEvent: class extends Event {},
    AbortSignal: {}, // without `timeout`, whose time is not the test's
    URL,
    URLSearchParams,
    crypto,
    console: { warn: () => undefined },
    posted: (text: string) => void bodies.push(text),
    setTimeout: (task: () => void, ms = 0) => (timers.set(++lastTimer, { atMs: elapsedMs + ms, task }), lastTimer),
    clearTimeout: (timer: number) => timers.delete(timer),
    setInterval: () => 0,
    clearInterval: () => undefined,
  });
  const run = (script: string): unknown => runInContext(script, context);
  run(PAGE);

  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
  }

  return {
    run,
    load: () => void run(readFileSync(resolve('dist/metlog.global.js'), 'utf8')),
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (;;) {
        const [due] = [...timers].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs);
        if (due === undefined) break;
        const [timer, { atMs, task }] = due;
        timers.delete(timer);
        elapsedMs = Math.max(elapsedMs, atMs);
        task();
        await settle();
      }
      elapsedMs = untilMs;
    },
    show: (state) =>
      void run(`document.visibilityState = '${state}'; document.dispatchEvent(new Event('visibilitychange'))`),
    stats: () => JSON.stringify(run('metlog.stats')),
    messages: () => bodies.flatMap((text) => readMessages(text)),
  };
}
