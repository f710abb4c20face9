import { assembleMetadata } from './assemble-metadata.ts';
import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import { checkMetricName } from './call-options.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { setOwn } from './json.ts';
import { wellFormed } from './well-formed.ts';

/** The end of a line, as text and bytes: metadata and closing braces. */
export interface LineEnd {
  readonly text: string;
  readonly bytes: number;
}

/** What a client or one of its children adds to all that it records. */
export interface Scope {
  readonly logger: string;
  /** The metadata of this client and those it came from, merged. */
  metadata(): JsonObject;
  /** Merges `metadata` for later messages; null removes a key. */
  set(metadata: Readonly<Record<string, unknown>>): void;
  /** What ends the line of a counter, timer or gauge that has no metadata of its own and is not sampled. */
  plainEnd(name: string): LineEnd;
}

/** Line ends that are remembered: names of metrics. Names made from data would otherwise fill the memory. */
const REMEMBERED_NAMES = 2_000;

/** A line's end that is longer than this, in bytes, is made anew each time: two thousand of them would fill the memory. */
const REMEMBERED_BYTES = 4_096;

/** Shared by a client and its children: moves with each change of metadata, and everything derived from it is made anew. */
export interface Revision {
  current: number;
}

export interface ScopeDeps {
  readonly parent: Scope | null;
  readonly revision: Revision;
  readonly isSecret: IsSecret;
  byteLength(text: string): number;
}

export function createScope(logger: string, metadata: Readonly<Record<string, unknown>>, deps: ScopeDeps): Scope {
  const given = toBoundedJson(metadata, deps.isSecret).value;
  /** What was set later; null takes away what comes from above. */
  let settings: Record<string, JsonValue> = {};
  let merged: JsonObject = {};
  let mergedAt = -1;
  let endsAt = -1;
  const ends = new Map<string, LineEnd>();

  function inherited(): JsonObject {
    return assembleMetadata({}, [deps.parent?.metadata() ?? {}, given]);
  }

  function currentMetadata(): JsonObject {
    if (mergedAt !== deps.revision.current) {
      const all = assembleMetadata({}, [inherited(), settings]);
      merged = Object.fromEntries(
        Object.entries(all).filter(([key]) => !(Object.hasOwn(settings, key) && settings[key] === null)),
      );
      mergedAt = deps.revision.current;
    }
    return merged;
  }

  function makeEnd(name: string): LineEnd {
    checkMetricName(name);
    const text = `${JSON.stringify(assembleMetadata({ name: wellFormed(name), rate: 1 }, [currentMetadata()]))}}`;
    const end = { text, bytes: deps.byteLength(text) };
    if (ends.size >= REMEMBERED_NAMES) ends.clear();
    if (end.bytes <= REMEMBERED_BYTES) ends.set(name, end);
    return end;
  }

  return {
    logger,
    metadata: currentMetadata,
    set(changes) {
      const next = { ...settings };
      const above = inherited();
      for (const [key, value] of Object.entries(toBoundedJson(changes, deps.isSecret).value)) {
        if (value === null && !Object.hasOwn(above, key)) Reflect.deleteProperty(next, key);
        else setOwn(next, key, value);
      }
      settings = next;
      deps.revision.current += 1;
    },
    plainEnd(name) {
      if (endsAt !== deps.revision.current) {
        ends.clear();
        endsAt = deps.revision.current;
      }
      return ends.get(name) ?? makeEnd(name);
    },
  };
}
