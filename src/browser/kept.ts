/** Datagrams that a page could not send, kept for the next page of its origin. Storage may be missing, full or forbidden: then nothing is kept. */
export interface Kept {
  /** Keeps a datagram's text; the result names it, undefined if it could not be kept. */
  put(text: string): string | undefined;
  /**
   * Of what a page kept, earlier or still open, its first, so that its numbers come in order: the router tells what comes twice as long as few are missing
   * in between. `random`, from 0 to below 1, draws the page, so that those that are open do not all send the same. What is too old is forgotten.
   */
  next(random: number): { readonly key: string; readonly text: string } | undefined;
  remove(key: string): void;
  /** Forgets what any page kept, for whatever destination. */
  clear(): void;
}

const PREFIX = 'metlog:';
/** UTF-16 units of a key that name the page. */
const PAGE_LENGTH = PREFIX.length + 16;
/** All that is kept together, in UTF-16 units: a tenth of what browsers allow an origin, whose storage it is. */
const MAX_LENGTH = 512 * 1024;
/** The router knows for a day which numbers came, in milliseconds: later, a datagram that did arrive would count twice. */
const MAX_AGE_MS = 23 * 60 * 60 * 1000;

/** Nothing is kept. */
export const NOTHING_KEPT: Kept = {
  put: () => undefined,
  next: () => undefined,
  remove: () => undefined,
  clear: () => undefined,
};

export function createKept(url: string, clock: { now(): number; randomId(): string }): Kept {
  /** Runs `task` with the storage; undefined where that fails. */
  function attempt<T>(task: (storage: Storage) => T): T | undefined {
    try {
      return task(localStorage);
    } catch {
      return undefined; // private mode, a sandbox, a full disk: never the page's problem
    }
  }

  /** What is kept by now, in UTF-16 units; undefined where that is to be counted anew, as other pages of the origin keep things too. */
  let knownLength: number | undefined;

  const page = PREFIX + clock.randomId();
  let count = 0;

  /** What is done with here, as a storage that takes no removal has it still. */
  const gone = new Set<string>();

  const keysOf = (storage: Storage): string[] => Object.keys(storage).filter((key) => key.startsWith(PREFIX));

  function remove(key: string): void {
    knownLength = undefined;
    gone.add(key);
    attempt((storage) => storage.removeItem(key));
  }

  return {
    put: (text) =>
      attempt((storage) => {
        knownLength ??= keysOf(storage).reduce((sum, key) => sum + (storage.getItem(key)?.length ?? 0), 0);
        if (knownLength + text.length > MAX_LENGTH) return undefined;
        const key = `${page}:${String(1e6 + count++)}`; // which sorts as they came
        storage.setItem(key, `${String(clock.now())} ${url}\n${text}`);
        knownLength += text.length;
        return key;
      }),
    next(random) {
      knownLength = undefined;
      return attempt((storage) => {
        const keys = keysOf(storage)
          .filter((key) => !gone.has(key))
          .sort();
        const drawn = keys[Math.floor(random * keys.length)]?.slice(0, PAGE_LENGTH) ?? PREFIX;
        for (const key of [...keys.filter((each) => each.startsWith(drawn)), ...keys]) {
          const value = storage.getItem(key) ?? '';
          const end = value.indexOf('\n');
          const [savedMs = '', savedUrl] = value.slice(0, end).split(' ');
          const ageMs = clock.now() - Number(savedMs);
          if (!(ageMs < MAX_AGE_MS)) remove(key);
          else if (savedUrl === url) return { key, text: value.slice(end + 1) };
        }
        return undefined;
      });
    },
    remove,
    clear() {
      attempt((storage) => keysOf(storage).forEach(remove));
    },
  };
}
