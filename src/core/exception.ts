import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import { textOf } from './text-of.ts';
import { isError } from './is-error.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseStack } from './stack.ts';

/** Links of a cause chain, and members of an AggregateError, that are kept. */
const MAX_RELATED = 10;

/** UTF-16 units kept of an error's text and of its stack: an error may quote all that it was given. */
const MAX_TEXT_LENGTH = 65_536;

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

/** Describes whatever was thrown: errors with their cause chain and members, and things that are not errors. Never throws: what cannot be read is said to be so. */
export function describeException(thrown: unknown, mechanism: Mechanism, isSecret: IsSecret): DescribedException {
  const seen = new Set<unknown>();
  const tracebacks: string[] = [];

  function describe(value: unknown): JsonObject {
    seen.add(value);
    const { type, text, stack, cause, members } = summarise(value, isSecret);
    const frames = parseStack(stack);
    tracebacks.push(tracebackOf(type, text, stack));
    const described: Record<string, JsonValue> = {
      type,
      value: text,
      frames: frames.map((frame): JsonObject => ({ ...frame })),
      fingerprint: fingerprintOf(type, text, frames),
    };
    if (isFresh(cause)) described['cause'] = describe(cause);
    const errors = members.filter(isFresh).map(describeMember);
    if (errors.length > 0) described['errors'] = errors;
    return described;
  }

  /** Members stand beside the chain that the traceback shows. */
  function describeMember(value: unknown): JsonObject {
    const shown = tracebacks.length;
    const described = describe(value);
    tracebacks.length = shown;
    return described;
  }

  function isFresh(value: unknown): boolean {
    return value !== undefined && value !== null && !seen.has(value) && seen.size < MAX_RELATED;
  }

  const exception = { ...describe(thrown), mechanism: mechanism.type, handled: mechanism.handled };
  return { payload: tracebacks.join('\nCaused by: '), exception };
}

interface Summary {
  readonly type: string;
  readonly text: string;
  readonly stack: string;
  readonly cause?: unknown;
  readonly members: readonly unknown[];
}

function summarise(value: unknown, isSecret: IsSecret): Summary {
  try {
    if (isError(value)) return summariseError(value);
    if (typeof value !== 'object' || value === null)
      return { type: value === null ? 'null' : typeof value, text: cut(String(value)), stack: '', members: [] };
    const text = JSON.stringify(toBoundedJson(value, isSecret).value);
    return { type: className(value), text, stack: '', members: [] };
  } catch (error) {
    // An exception is too valuable to be lost for what else is wrong with the thing: a cycle, a getter that throws, a revoked proxy.
    return { type: 'Object', text: `what was thrown cannot be read: ${textOf(error)}`, stack: '', members: [] };
  }
}

function summariseError(error: Error): Summary {
  const { name, message, stack, cause } = error as Readonly<Record<keyof Error, unknown>>;
  return {
    type: typeof name === 'string' && name !== '' ? name : 'Error',
    text: cut(typeof message === 'string' ? message : textOf(message)),
    stack: typeof stack === 'string' ? cut(stack) : '',
    cause,
    members: name === 'AggregateError' ? membersOf(error) : [],
  };
}

/** What an AggregateError gathers; where that cannot be read, a word on it, so that the rest of the error is kept. */
function membersOf(error: Error): readonly unknown[] {
  try {
    const errors: unknown = 'errors' in error ? error.errors : [];
    return Array.isArray(errors) ? errors.slice(0, MAX_RELATED) : [];
  } catch (caught) {
    return [`its members cannot be read: ${textOf(caught)}`];
  }
}

/** The traceback as text, what was thrown above its frames: some engines leave that out of `stack`. */
function tracebackOf(type: string, text: string, stack: string): string {
  const head = `${type}: ${text}`;
  if (stack === '') return head;
  return /^[ \t]*at /m.test(stack) || stack.includes(text.slice(0, 200) || type) ? stack : `${head}\n${stack}`;
}

function className(value: object): string {
  const maker: unknown = (value as { constructor?: unknown }).constructor; // absent where the prototype is null
  return typeof maker === 'function' && maker.name ? maker.name : 'Object';
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}
