import type { JsonObject } from './json.ts';
import type { Metlog } from './metlog.ts';
import type { Message } from './schema.ts';

/** What is kept by default, and at most: with the length of their texts, what a message carries easily. */
export const CRUMB_COUNT = 20;
const MAX_COUNT = 100;
/** UTF-16 units kept of one text: enough to recognise it. */
const MAX_TEXT_LENGTH = 120;

/** What happened last, for `metadata.breadcrumbs` of exceptions, the latest last. */
export interface CrumbRing {
  /** Keeps one more, between `start` and `stop`. */
  add(crumb: JsonObject): void;
  /** Keeps the messages of `metlog` from now on, and puts what is kept into its exceptions. */
  start(metlog: Metlog): void;
  /** Keeps nothing more, and forgets. */
  stop(): void;
}

/** Keeps the last `max`, of 0 to 100. */
export function createCrumbRing(max: number): CrumbRing {
  const limit = Math.min(Math.max(max, 0), MAX_COUNT);
  const clients = new WeakSet<Metlog>();
  let crumbs: JsonObject[] = [];
  let isActive = false;

  function add(crumb: JsonObject): void {
    if (isActive) crumbs = [...crumbs, crumb].slice(-limit);
  }

  function withCrumbs(message: Message): Message {
    if (message.type !== 'exception' || crumbs.length === 0 || 'breadcrumbs' in message.metadata) return message;
    return { ...message, metadata: { ...message.metadata, breadcrumbs: crumbs } };
  }

  return {
    add,
    start(metlog) {
      isActive = limit > 0;
      if (!isActive || clients.has(metlog)) return; // what is in use cannot be taken out
      clients.add(metlog);
      metlog.use({ name: 'breadcrumbs', filters: [withCrumbs], onMessage: (message) => add(crumbOf(message)) });
    },
    stop() {
      isActive = false;
      crumbs = [];
    },
  };
}

/** A message by its name, or by how its payload starts. */
function crumbOf({ type, timestamp, severity, payload, metadata }: Message): JsonObject {
  const { name } = metadata;
  const isNamed = typeof name === 'string';
  const text = isNamed ? name : payload.slice(0, MAX_TEXT_LENGTH + 1);
  const shown = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return { timestamp, type, severity, [isNamed ? 'name' : 'text']: shown };
}
