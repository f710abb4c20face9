/** What a list held when it was left, so that the way back from a message leads to the same list. */
export interface Kept<Value> {
  get(key: string): Value | undefined;
  put(key: string, value: Value): void;
}

/** Keeps the last alone. */
export function createKept<Value>(): Kept<Value> {
  let last: { readonly key: string; readonly value: Value } | undefined;
  return {
    get: (key) => (last?.key === key ? last.value : undefined),
    put(key, value) {
      last = { key, value };
    },
  };
}
