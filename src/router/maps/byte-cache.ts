/** Things that cost bytes, of which those used last are kept. */
export interface ByteCache<T> {
  get(key: string): T | undefined;
  /** Keeps it, and lets go of what was not used for longest until all are within the limit; what is larger than that is not kept. */
  set(key: string, value: T, byteLength: number): void;
}

export function createByteCache<T>(maxBytes: number): ByteCache<T> {
  const entries = new Map<string, { readonly value: T; readonly byteLength: number }>(); // the one used last at the end
  let heldBytes = 0;

  function drop(key: string): void {
    heldBytes -= entries.get(key)?.byteLength ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, byteLength) {
      drop(key);
      if (byteLength > maxBytes) return;
      entries.set(key, { value, byteLength });
      heldBytes += byteLength;
      for (const oldest of entries.keys()) {
        if (heldBytes <= maxBytes) break;
        drop(oldest);
      }
    },
  };
}
