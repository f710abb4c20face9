import type { Metlog } from '../core/metlog.ts';

// The script-tag stub: stands in for the client until its script is there. What is called meanwhile, and what goes wrong meanwhile, waits; calls on
// what the page still holds of it afterwards go to the client.
//
// <script src="/metlog.stub.js" data-src="/metlog.js" data-integrity="sha384-…" data-logger="shop"></script>

/** What stands in for a client, or for one of its children. */
export interface StandIn {
  /** The client, once it is there. */
  client?: Metlog;
}

/** A call that waits: on what, method, arguments, when it was made in epoch milliseconds, and what it answered. What nobody caught waits as `uncaught`, with its event. */
export type StubCall = readonly [on: StandIn, method: string, args: readonly unknown[], atMs: number, answer: Answer];

type Answer = StandIn | Promise<unknown> | undefined;

/** What stands in for the page's client. */
export interface Stub extends StandIn {
  readonly calls: StubCall[];
  /** Calls past the most that wait. */
  leftOut: number;
  /** Ends its listening. */
  stop(): void;
}

type Methods = Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;

interface TimerOptions {
  readonly metadata?: object;
}

/** Calls that wait at most: a script that never comes must not fill the memory. */
const MAX_CALLS = 1_000;

(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  const calls: StubCall[] = [];

  const keep = (on: StandIn, method: string, args: readonly unknown[], answer?: Answer): Answer => {
    if (calls.length < MAX_CALLS) calls.push([on, method, args, Date.now(), answer]);
    else root.leftOut++;
    return answer;
  };

  const create = (): StandIn => {
    const call = (method: string, args: readonly unknown[], answer?: Answer): unknown =>
      on.client ? (on.client as unknown as Methods)[method]?.(...args) : keep(on, method, args, answer);

    const time = (name: string, run: () => unknown, options?: TimerOptions): unknown => {
      if (on.client || typeof run !== 'function') return call('time', [name, run, options]);
      const startedMs = performance.now();
      const end = (more?: TimerOptions): unknown => call('timing', [name, performance.now() - startedMs, more]);
      const fail = (error: unknown): never => {
        end({ ...options, metadata: { ...options?.metadata, error: true } });
        throw error;
      };
      let result;
      try {
        result = run();
      } catch (error) {
        fail(error);
      }
      if (typeof (result as Promise<unknown> | undefined)?.then === 'function')
        // The chained promise, as the client answers it: one that nobody handles is still told of.
        return (result as Promise<unknown>).then((value) => (end(options), value), fail);
      end(options);
      return result;
    };

    const timer = (name: string, options?: TimerOptions): unknown => {
      if (on.client) return on.client.timer(name, options as object);
      const startedMs = performance.now();
      let elapsedMs = -1;
      const stop = (): number => {
        if (elapsedMs < 0) call('timing', [name, (elapsedMs = performance.now() - startedMs), options]);
        return elapsedMs;
      };
      const wrap = (fn: unknown): unknown =>
        typeof fn === 'function'
          ? new Proxy(fn, {
              apply: (target, self, args) => time(name, () => Reflect.apply(target, self, args) as unknown, options),
            })
          : fn;
      // A decorator of TC39 times what it decorates; one of TypeScript's older kind changes nothing.
      const decorate = (target: unknown, context: unknown): unknown =>
        typeof context === 'object' ? wrap(target) : undefined;
      return Object.assign(decorate, { stop, wrap, [Symbol.dispose]: stop });
    };

    const on: StandIn & Record<string, unknown> = {
      time,
      timer,
      // A child that found no place would never get a client.
      child: (options: unknown) => call('child', [options], calls.length < MAX_CALLS ? create() : on),
      flush: (timeoutMs?: number) => call('flush', [timeoutMs], Promise.resolve(true)),
      close: (timeoutMs?: number) => call('close', [timeoutMs], Promise.resolve()),
      get stats() {
        return on.client?.stats ?? { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} };
      },
    };
    const methods =
      'send incr gauge timing exception debug info notice warn error critical alert emergency addFlavor setMetadata setMetlogDest setEnabled use';
    for (const method of methods.split(' ')) on[method] = (...args: readonly unknown[]) => call(method, args);
    return on;
  };

  const onUncaught = (event: Event): unknown => keep(root, 'uncaught', [event]);
  const root: Stub = Object.assign(create(), {
    calls,
    leftOut: 0,
    stop() {
      removeEventListener('error', onUncaught);
      removeEventListener('unhandledrejection', onUncaught);
    },
  });
  addEventListener('error', onUncaught);
  addEventListener('unhandledrejection', onUncaught);
  (globalThis as unknown as { metlog: unknown }).metlog = root;

  const { src, integrity } = script?.dataset ?? {};
  if (!src) return;
  const real = document.createElement('script');
  Object.assign(real.dataset, script?.dataset);
  real.async = true;
  real.crossOrigin = 'anonymous';
  if (script?.nonce) real.nonce = script.nonce; // the attribute is hidden from scripts
  if (integrity) real.integrity = integrity;
  real.src = src;
  document.head.append(real);
})();
