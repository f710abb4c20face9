/** A duration being measured, and the ways to measure more of its name. */
export interface Timer {
  /** Ends the measurement and sends it. The elapsed milliseconds, 0 when it was not sampled; a second call sends nothing and answers the same. */
  stop(): number;
  /** Ends the measurement with its block: `using _ = metlog.timer('db.query')`. */
  [Symbol.dispose](): void;
  /**
   * `fn` with each call timed, to its completion where it returns a promise or a generator. `this`, name, length, results and errors are kept;
   * whether a call is timed is decided at each call.
   */
  wrap<F extends (...args: never[]) => unknown>(fn: F): F;
  /** A method decorator of TC39. */
  <F extends (...args: never[]) => unknown>(method: F, context: DecoratorContext): F;
  /** A method decorator of TypeScript's `experimentalDecorators`. */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what TypeScript's decorators return
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor | void;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** One name's way into the client: whether to measure, and where a measurement goes. */
export interface Stopwatch {
  /** Whether this invocation is timed. */
  sample(): boolean;
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Records a duration. Never throws. */
  record(elapsedMs: number, failed: boolean): void;
}

export function createTimer(watch: Stopwatch): Timer {
  const startedMs = watch.sample() ? watch.monotonic() : -1;
  let elapsedMs = startedMs === -1 ? 0 : -1;

  function stop(): number {
    if (elapsedMs === -1) {
      elapsedMs = watch.monotonic() - startedMs;
      watch.record(elapsedMs, false);
    }
    return elapsedMs;
  }

  return buildTimer(stop, (call) => runTimed(watch, call));
}

/** Runs a call and measures it, or not. */
type Run = <T>(call: () => T) => T;

/** A timer whose measurement `stop` ends, and whose functions go through `run`. */
export function buildTimer(stop: () => number, run: Run): Timer {
  const timer = ((target: unknown, context: unknown, descriptor?: PropertyDescriptor) =>
    decorate(run, target, context, descriptor)) as Timer;
  timer.stop = stop;
  timer.wrap = (fn) => wrapFunction(run, fn);
  timer[Symbol.dispose] = stop;
  return timer;
}

let idleTimer: Timer | undefined;

/** The timer of a name that is switched off: measures nothing, wraps nothing, and is one object for all. */
export function createIdleTimer(): Timer {
  if (idleTimer) return idleTimer;
  const timer = (() => undefined) as unknown as Timer; // a decorator that answers undefined changes nothing
  timer.stop = () => 0;
  timer.wrap = (fn) => fn;
  timer[Symbol.dispose] = () => undefined;
  idleTimer = timer;
  return timer;
}

/** Runs `fn` and times it to its completion. A thenable that only starts when asked is asked. */
export function runTimed<T>(watch: Stopwatch, fn: () => T): T {
  if (!watch.sample()) return fn();
  const end = begin(watch);
  let result: T;
  try {
    result = fn();
  } catch (error) {
    end(true);
    throw error;
  }
  return settle(result, watch, end);
}

/** Starts a measurement; the result ends it. */
function begin(watch: Stopwatch): (failed: boolean) => void {
  const startedMs = watch.monotonic();
  return (failed) => {
    watch.record(watch.monotonic() - startedMs, failed);
  };
}

function wrapFunction<F extends (...args: never[]) => unknown>(run: Run, fn: F): F {
  const isCallable: boolean = typeof fn === 'function' && !isClass(fn); // callers in JavaScript have no compiler
  if (!isCallable) return fn;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return run(() => Reflect.apply(fn, this, args) as unknown);
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return wrapped as unknown as F; // same `this`, arguments and result as `fn`
}

function decorate(run: Run, target: unknown, context: unknown, descriptor: PropertyDescriptor | undefined): unknown {
  if (typeof context === 'string' || typeof context === 'symbol') {
    if (!descriptor) return undefined;
    const { value, get } = descriptor as { value?: unknown; get?: () => unknown };
    if (typeof value === 'function') return { ...descriptor, value: wrapFunction(run, value as AnyFunction) };
    return get ? { ...descriptor, get: wrapFunction(run, get) } : descriptor;
  }
  if (typeof target === 'function') return wrapFunction(run, target as AnyFunction);
  // An accessor, which holds a value rather than runs: nothing to time.
  if (typeof target === 'object') return undefined;
  // A field: TC39 hands over nothing, and asks for what changes its first value.
  return (initial: unknown) => (typeof initial === 'function' ? wrapFunction(run, initial as AnyFunction) : initial);
}

/** A class runs by `new` alone, which no wrapper can stand in for without being another class. */
function isClass(fn: (...args: never[]) => unknown): boolean {
  return Function.prototype.toString.call(fn).startsWith('class');
}

/** `result`, measured until it is complete: at once unless it is a promise or a generator; a generator from its first step on. */
function settle<T>(result: T, watch: Stopwatch, end: (failed: boolean) => void): T {
  if (typeof result === 'object' && result !== null) {
    try {
      const kind = Object.prototype.toString.call(result);
      if (kind === '[object Generator]') return timeGenerator(result as unknown as Generator, watch) as T;
      if (kind === '[object AsyncGenerator]')
        return timeAsyncGenerator(result as unknown as AsyncGenerator, watch) as T;
      if ('then' in result && typeof result.then === 'function')
        return timePromise(result as unknown as PromiseLike<unknown>, end) as T;
    } catch {
      // A proxy that was revoked, or a getter that throws: the function returned it, and its caller gets it.
      end(false);
      return result;
    }
  }
  end(false);
  return result;
}

function timePromise(promise: PromiseLike<unknown>, end: (failed: boolean) => void): PromiseLike<unknown> {
  return promise.then(
    (value) => {
      end(false);
      return value;
    },
    (error: unknown) => {
      end(true);
      throw error;
    },
  );
}

function* timeGenerator(generator: Generator, watch: Stopwatch): Generator {
  const end = begin(watch);
  let failed = false;
  try {
    return (yield* generator) as unknown;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    end(failed);
  }
}

async function* timeAsyncGenerator(generator: AsyncGenerator, watch: Stopwatch): AsyncGenerator {
  const end = begin(watch);
  let failed = false;
  try {
    return (yield* generator) as unknown;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    end(failed);
  }
}
