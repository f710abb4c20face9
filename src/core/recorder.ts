import type { Books } from './books.ts';
import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import { encodeMessage } from './encode.ts';
import type { Filter, Plugin } from './filters.ts';
import { isMessage } from './guard.ts';
import { display, InvalidCall } from './call-options.ts';
import { textOf } from './text-of.ts';
import { isRecord } from './json.ts';
import type { Platform } from './platform.ts';
import type { Message } from './schema.ts';
import type { Severity } from './severity.ts';
import type { shorten } from './shorten.ts';
import type { Shipper } from './shipper.ts';

/** Takes finished messages through filters and listeners to the shipper. A client and its children share one. */
export interface Recorder {
  /** False: nobody looks at messages, so a line that is made without one may go straight to `pushLine`. */
  readonly isWatched: boolean;
  use(plugin: Plugin): void;
  /** Throws `InvalidCall` when it is no message. */
  record(message: Message): void;
  pushLine(line: string, bytes: number, severity: Severity): void;
}

export interface RecorderDeps {
  readonly logger: string;
  readonly filters: readonly Filter[];
  readonly platform: Platform;
  readonly shipper: Shipper;
  readonly books: Books;
  readonly isSecret: IsSecret;
  /** Says what is wrong with what is no message. */
  explain(value: unknown): string;
  readonly shorten: typeof shorten | undefined;
}

/** How deep a filter or listener may record messages of its own, whose recording it sees in turn. */
const MAX_DEPTH = 4;

export function createRecorder(deps: RecorderDeps): Recorder {
  const { logger, filters: first, platform, shipper, books, isSecret } = deps;
  const filters: Filter[] = [...first];
  const listeners: ((message: Message) => void)[] = [];
  let depth = 0;

  function filtered(message: Message): Message | null {
    let current = message;
    for (const filter of filters) {
      try {
        const passed: unknown = filter(current);
        if (passed === null) {
          books.drop('filtered', 1);
          return null;
        }
        if (passed !== current) current = bounded(passed);
      } catch (error) {
        // A filter may be what keeps secrets in: what it could not judge does not leave.
        books.drop('filter-failed', 1, `a filter failed, and its message was dropped: ${textOf(error)}`);
        return null;
      }
    }
    return current;
  }

  /** The copy that a filter made, its metadata as bounded as any. */
  function bounded(passed: unknown): Message {
    if (!isRecord(passed)) throw new InvalidCall(`it answered ${display(passed)} instead of a message or null`);
    const copy = { ...passed, metadata: toBoundedJson(passed['metadata'] ?? {}, isSecret).value };
    if (!isMessage(copy)) throw new InvalidCall(deps.explain(copy));
    return copy;
  }

  function announce(message: Message): void {
    for (const listener of listeners) {
      try {
        listener(message);
      } catch (error) {
        books.tell('bad-setting', `a plugin's onMessage threw: ${textOf(error)}`);
      }
    }
  }

  function record(given: Message): void {
    const message = filtered(given);
    if (!message) return;
    if (!isMessage(message)) throw new InvalidCall(deps.explain(message));
    announce(message);
    const line = encodeMessage(message, logger);
    const bytes = platform.byteLength(line);
    if (bytes <= shipper.maxLineBytes) {
      shipper.pushLine(line, bytes, message.severity);
      return;
    }
    const fitting = deps.shorten?.(message, shipper.maxLineBytes, bytesOf);
    if (!fitting) {
      books.drop('too-large', 1, `a message of type ${message.type} is too large to send, even shortened`);
      return;
    }
    const shortLine = encodeMessage(fitting, logger);
    shipper.pushLine(shortLine, platform.byteLength(shortLine), message.severity);
  }

  function bytesOf(message: Message): number {
    return platform.byteLength(encodeMessage(message, logger));
  }

  return {
    get isWatched() {
      return filters.length > 0 || listeners.length > 0;
    },
    use(plugin) {
      const { filters: added = [], onMessage } = plugin;
      if (!isListOfFunctions(added)) throw new InvalidCall("a plugin's filters must be a list of functions");
      if (onMessage !== undefined && !isFunction(onMessage))
        throw new InvalidCall(`a plugin's onMessage must be a function, got ${display(onMessage)}`);
      filters.push(...added);
      if (onMessage) listeners.push(onMessage);
    },
    record(given) {
      if (depth >= MAX_DEPTH)
        throw new InvalidCall('a filter or listener records messages from within itself, without end');
      depth += 1;
      try {
        record(given);
      } finally {
        depth -= 1;
      }
    },
    pushLine: shipper.pushLine,
  };
}

// These hold up what the types promise already; type guards would narrow to nothing.
function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFunction);
}
