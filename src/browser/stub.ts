// The script-tag stub: stands in for the client until its script is there. What is called meanwhile, and what goes wrong meanwhile, waits.
//
// <script src="/metlog.stub.js" data-src="/metlog.js" data-integrity="sha384-…" data-logger="shop"></script>

/** A call that waits: method, arguments, when it was made in epoch milliseconds. */
export type StubCall = readonly [method: string, args: readonly unknown[], atMs: number];

/** Calls that wait at most: a script that never comes must not fill the memory. */
const MAX_CALLS = 1_000;

(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  const calls: StubCall[] = [];
  const later =
    (method: string) =>
    (...args: readonly unknown[]): void => {
      if (calls.length < MAX_CALLS) calls.push([method, args, Date.now()]);
    };
  const stub: Record<string, unknown> = { calls };
  const methods =
    'send incr gauge timing exception debug info notice warn error critical alert emergency addFlavor setMetadata setMetlogDest setEnabled';
  for (const method of methods.split(' ')) stub[method] = later(method);
  stub['timer'] = (name: string, options: unknown) => {
    const startedMs = performance.now();
    let elapsedMs = -1;
    return {
      stop(): number {
        if (elapsedMs < 0) later('timing')(name, (elapsedMs = performance.now() - startedMs), options);
        return elapsedMs;
      },
    };
  };
  stub['time'] = (name: string, run: () => unknown, options: unknown): unknown => {
    const { stop } = (stub['timer'] as (name: string, options: unknown) => { stop(): number })(name, options);
    const result = run();
    if (result instanceof Promise) result.then(stop, stop);
    else stop();
    return result;
  };
  const onError = ({ error, message }: ErrorEvent): void =>
    later('exception')(error ?? message, { handled: false, mechanism: 'onerror' });
  const onRejection = ({ reason }: PromiseRejectionEvent): void =>
    later('exception')(reason, { handled: false, mechanism: 'onunhandledrejection' });
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onRejection);
  stub['stop'] = () => {
    removeEventListener('error', onError);
    removeEventListener('unhandledrejection', onRejection);
  };
  (globalThis as unknown as { metlog: unknown }).metlog = stub;

  const { src, integrity } = script?.dataset ?? {};
  if (!src) return;
  const real = document.createElement('script');
  Object.assign(real.dataset, script?.dataset);
  real.async = true;
  real.crossOrigin = 'anonymous';
  if (integrity) real.integrity = integrity;
  real.src = src;
  document.head.append(real);
})();
