import type { Cancel } from '../../core/platform.ts';

/** The Navigation API as far as it is used; not every browser has it. https://html.spec.whatwg.org/#navigation-interface */
interface MaybeNavigation {
  readonly navigation?: EventTarget;
}

const listeners = /* @__PURE__ */ new Set<() => void>();
let endWatch: Cancel | undefined;

/** Runs `listener` after the page's address changed without a load of another page. All listeners share one watch. */
export function onRouteChange(listener: () => void): Cancel {
  if (typeof location === 'undefined' || typeof history === 'undefined') return () => undefined;
  const own = (): void => listener(); // the same function may listen twice
  listeners.add(own);
  endWatch ??= watch(() => {
    for (const each of [...listeners]) each();
  });
  return () => {
    listeners.delete(own);
    if (listeners.size > 0) return;
    endWatch?.();
    endWatch = undefined;
  };
}

function watch(onChange: () => void): Cancel {
  const { navigation } = globalThis as MaybeNavigation;
  if (navigation) {
    navigation.addEventListener('currententrychange', onChange);
    return () => navigation.removeEventListener('currententrychange', onChange);
  }
  const ends = [wrapMethod('pushState', onChange), wrapMethod('replaceState', onChange)];
  addEventListener('popstate', onChange);
  return () => {
    removeEventListener('popstate', onChange);
    for (const end of ends) end();
  };
}

/** Has `history[name]` run `after` when it has returned. Where somebody has wrapped it again since, the result cannot take it out and silences it. */
function wrapMethod(name: 'pushState' | 'replaceState', after: () => void): Cancel {
  const isOwn = Object.hasOwn(history, name);
  const original = history[name];
  let isWatching = true;
  const wrapped: typeof original = function (this: History, ...args) {
    original.apply(this, args);
    if (isWatching) after();
  };
  history[name] = wrapped;
  return () => {
    isWatching = false;
    if (history[name] !== wrapped) return;
    if (isOwn) history[name] = original;
    else Reflect.deleteProperty(history, name);
  };
}
