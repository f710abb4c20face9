import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseStack } from './stack.ts';

/** Links of a cause chain, and members of an AggregateError, that are kept. */
const MAX_RELATED = 10;

/** How the error was caught. */
export interface Mechanism {
  readonly type: string;
  /** Whether the application itself caught it. */
  readonly handled: boolean;
}

export interface DescribedException {
  /** The traceback as text, causes below it. */
  readonly payload: string;
  /** `metadata.exception` of the message. */
  readonly exception: JsonObject;
}

/** Describes whatever was thrown: errors with their cause chain and members, and things that are not errors. Throws only what the thing's own getters throw. */
export function describeException(thrown: unknown, mechanism: Mechanism, isSecret: IsSecret): DescribedException {
  const seen = new Set<unknown>();

  function describe(value: unknown): JsonObject {
    seen.add(value);
    const { type, text, stack } = summarise(value, isSecret);
    const frames = parseStack(stack);
    const described: Record<string, JsonValue> = {
      type,
      value: text,
      frames: frames.map((frame): JsonObject => ({ ...frame })),
      fingerprint: fingerprintOf(type, text, frames),
    };
    if (!(value instanceof Error)) return described;
    const cause = isFresh(value.cause) ? value.cause : undefined;
    if (cause !== undefined) described['cause'] = describe(cause);
    const members = value instanceof AggregateError ? value.errors.filter(isFresh).slice(0, MAX_RELATED) : [];
    if (members.length > 0) described['errors'] = members.map(describe);
    return described;
  }

  function isFresh(value: unknown): boolean {
    return value !== undefined && value !== null && !seen.has(value) && seen.size < MAX_RELATED;
  }

  const exception = { ...describe(thrown), mechanism: mechanism.type, handled: mechanism.handled };
  return { payload: traceback(thrown, isSecret), exception };
}

function traceback(thrown: unknown, isSecret: IsSecret): string {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  for (
    let current = thrown;
    current !== undefined && current !== null && !seen.has(current) && seen.size < MAX_RELATED;
  ) {
    seen.add(current);
    const { type, text, stack } = summarise(current, isSecret);
    texts.push(stack || `${type}: ${text}`);
    current = current instanceof Error ? current.cause : undefined;
  }
  return texts.join('\nCaused by: ') || String(thrown);
}

function summarise(value: unknown, isSecret: IsSecret): { type: string; text: string; stack: string } {
  if (value instanceof Error) {
    const stack = typeof value.stack === 'string' ? value.stack : '';
    return { type: value.name || 'Error', text: value.message, stack };
  }
  if (typeof value === 'object' && value !== null) {
    return {
      type: className(value),
      text: JSON.stringify(toBoundedJson(value, isSecret).value),
      stack: '',
    };
  }
  return { type: typeof value, text: String(value), stack: '' };
}

function className(value: object): string {
  const maker: unknown = (value as { constructor?: unknown }).constructor; // absent where the prototype is null
  return typeof maker === 'function' && maker.name ? maker.name : 'Object';
}
