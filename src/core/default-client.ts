import type { Stats } from './books.ts';
import type { Metlog } from './metlog.ts';
import { buildTimer } from './timer.ts';

/** Where the default client lives: one for all copies of this package in a process or page, ESM and CJS alike. */
interface DefaultState {
  /** Of this object's shape. A copy that knows another one leaves it alone. */
  readonly version: 1;
  client: Metlog | null;
}

const KEY = 'metlog.default';

/** This copy's own, where another version has the place. */
let ownState: DefaultState | undefined;

function state(): DefaultState {
  const holder = globalThis as { [key: symbol]: DefaultState | undefined };
  const symbol = Symbol.for(KEY);
  const known = holder[symbol];
  if (known?.version === 1) return known;
  ownState ??= { version: 1, client: null };
  if (!known) Object.defineProperty(globalThis, symbol, { value: ownState, configurable: true, writable: true });
  return ownState;
}

/** Makes `client` the default one and answers it; the one before it is closed. */
export function setDefaultClient(client: Metlog): Metlog {
  const current = state();
  const previous = current.client;
  current.client = client;
  void previous?.close();
  return client;
}

/** The default client, or null until `configure`. */
export function getMetlog(): Metlog | null {
  return state().client;
}

// Its methods as plain functions. Until `configure` they do nothing: a library may call them and stay silent.

const NO_STATS: Stats = { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} };

export const send: Metlog['send'] = (what: never, ...rest: never[]) =>
  state().client?.send(what, ...(rest as [never, never]));
export const incr: Metlog['incr'] = (name, options) => state().client?.incr(name, options);
export const gauge: Metlog['gauge'] = (name, value, options) => state().client?.gauge(name, value, options);
export const timing: Metlog['timing'] = (name, elapsedMs, options) => state().client?.timing(name, elapsedMs, options);
export const exception: Metlog['exception'] = (thrown, options) => state().client?.exception(thrown, options);
export const debug: Metlog['debug'] = (text, options) => state().client?.debug(text, options);
export const info: Metlog['info'] = (text, options) => state().client?.info(text, options);
export const notice: Metlog['notice'] = (text, options) => state().client?.notice(text, options);
export const warn: Metlog['warn'] = (text, options) => state().client?.warn(text, options);
export const error: Metlog['error'] = (text, options) => state().client?.error(text, options);
export const critical: Metlog['critical'] = (text, options) => state().client?.critical(text, options);
export const alert: Metlog['alert'] = (text, options) => state().client?.alert(text, options);
export const emergency: Metlog['emergency'] = (text, options) => state().client?.emergency(text, options);
export const addFlavor: Metlog['addFlavor'] = (name, metadata) => state().client?.addFlavor(name, metadata);
export const setMetadata: Metlog['setMetadata'] = (metadata) => state().client?.setMetadata(metadata);
export const setEnabled: Metlog['setEnabled'] = (enabled) => state().client?.setEnabled(enabled);
export const use: Metlog['use'] = (plugin) => state().client?.use(plugin);
export const setMetlogDest: Metlog['setMetlogDest'] = (hostOrAddress, port) =>
  state().client?.setMetlogDest(hostOrAddress, port);
export const flush: Metlog['flush'] = (timeoutMs) => state().client?.flush(timeoutMs) ?? Promise.resolve(true);
export const close: Metlog['close'] = (timeoutMs) => state().client?.close(timeoutMs) ?? Promise.resolve();
export const time: Metlog['time'] = (name, fn, options) => {
  const { client } = state();
  if (client) return client.time(name, fn, options);
  const given: unknown = fn; // whatever a caller without a compiler hands in
  return typeof given === 'function' ? fn() : (undefined as never);
};

// What is wrapped or decorated before `configure` finds its client at each call.
export const timer: Metlog['timer'] = (name, options) => {
  const started = state().client?.timer(name, options);
  return buildTimer(
    () => started?.stop() ?? 0,
    (call) => time(name, call, options),
  );
};

/** The book of the default client; all zero until `configure`. */
export function stats(): Stats {
  return state().client?.stats ?? NO_STATS;
}
