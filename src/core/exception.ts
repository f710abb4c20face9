import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import { textOf } from './text-of.ts';
import { isError } from './is-error.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseStack, type Frame, type FullFrame } from './stack.ts';

/** Links of a cause chain, and members of an AggregateError, that are kept. */
const MAX_RELATED = 10;

/** UTF-16 units kept of an error's text, and of the calls below it: an error may quote all that it was given. */
const MAX_TEXT_LENGTH = 65_536;
/** UTF-16 units kept of what stands above the calls: the text, and a name before it. */
const MAX_HEAD_LENGTH = MAX_TEXT_LENGTH + 256;

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
  /** What of these was cut, as `metadata.truncated` names it. */
  readonly truncated: readonly string[];
}

/** The frames of one stack, and the lines of text that show them. */
export interface Calls {
  /** Innermost last. */
  readonly frames: readonly FullFrame[];
  readonly text: string;
}

/**
 * Adds what a runtime knows of the frames of `thrown`, both in the frames and in their text. `nth` of 0 is what was thrown, further ones its causes and
 * members, of which less is kept. Never throws.
 */
export type CompleteCalls = (
  thrown: unknown,
  calls: { readonly frames: readonly Frame[]; readonly text: string },
  isSecret: IsSecret,
  nth: number,
) => Calls;

/** Describes what was thrown, whatever it is. Never throws. */
export type DescribeException = (thrown: unknown, mechanism: Mechanism, isSecret: IsSecret) => DescribedException;

/** Describes whatever was thrown: errors with their cause chain and members, and things that are not errors. Never throws: what cannot be read is said to be so. */
export function describeException(
  thrown: unknown,
  mechanism: Mechanism,
  isSecret: IsSecret,
  complete: CompleteCalls = (_, calls) => calls,
): DescribedException {
  const seen = new Set<unknown>();
  const tracebacks: Traceback[] = [];
  const truncated: string[] = [];

  function describe(value: unknown, path: string): JsonObject {
    const nth = seen.size;
    seen.add(value);
    const { type, text, head, calls, isTextCut, isStackCut, cause, members } = summarise(value, isSecret);
    const { frames, text: shown } = complete(value, { frames: parseStack(calls), text: calls }, isSecret, nth);
    tracebacks.push({ text: tracebackOf(type, text, head + shown), isCut: isStackCut || (isTextCut && head === '') });
    if (isTextCut) truncated.push(`${path}.value`);
    const described: Record<string, JsonValue> = {
      type,
      value: text,
      frames: frames.map((frame): JsonObject => ({ ...frame })),
      fingerprint: fingerprintOf(type, text, frames),
    };
    if (isFresh(cause)) described['cause'] = describe(cause, `${path}.cause`);
    const errors = members.filter(isFresh).map((member, index) => describeMember(member, `${path}.errors.${index}`));
    if (errors.length > 0) described['errors'] = errors;
    return described;
  }

  /** Members stand beside the chain that the traceback shows. */
  function describeMember(value: unknown, path: string): JsonObject {
    const shown = tracebacks.length;
    const described = describe(value, path);
    tracebacks.length = shown;
    return described;
  }

  function isFresh(value: unknown): boolean {
    return value !== undefined && value !== null && !seen.has(value) && seen.size < MAX_RELATED;
  }

  const exception = {
    ...describe(thrown, 'metadata.exception'),
    mechanism: mechanism.type,
    handled: mechanism.handled,
  };
  if (tracebacks.some(({ isCut }) => isCut)) truncated.unshift('payload');
  return { payload: tracebacks.map(({ text }) => text).join('\nCaused by: '), exception, truncated };
}

interface Traceback {
  readonly text: string;
  readonly isCut: boolean;
}

interface Summary {
  readonly type: string;
  readonly text: string;
  readonly isTextCut: boolean;
  /** What the stack says before its calls; empty where the engine says nothing there. */
  readonly head: string;
  readonly calls: string;
  readonly isStackCut: boolean;
  readonly cause?: unknown;
  readonly members: readonly unknown[];
}

function summarise(value: unknown, isSecret: IsSecret): Summary {
  try {
    if (isError(value)) return summariseError(value);
    if (typeof value !== 'object' || value === null) {
      const text = String(value);
      return { ...NO_STACK, type: value === null ? 'null' : typeof value, text: cut(text), isTextCut: isLong(text) };
    }
    const bounded = toBoundedJson(value, isSecret);
    const text = JSON.stringify(bounded.value);
    return { ...NO_STACK, type: className(value), text, isTextCut: bounded.truncated };
  } catch (error) {
    // An exception is too valuable to be lost for what else is wrong with the thing: a cycle, a getter that throws, a revoked proxy.
    const text = `what was thrown cannot be read: ${textOf(error)}`;
    return { ...NO_STACK, type: 'Object', text, isTextCut: false };
  }
}

const NO_STACK = { head: '', calls: '', isStackCut: false, members: [] };

function summariseError(error: Error): Summary {
  const { name, message, stack, cause } = error as Readonly<Record<keyof Error, unknown>>;
  const text = typeof message === 'string' ? message : textOf(message);
  const whole = typeof stack === 'string' ? stack : '';
  const headLength = headLengthOf(whole, text);
  const head = whole.slice(0, headLength);
  const calls = whole.slice(headLength);
  return {
    type: typeof name === 'string' && name !== '' ? name : 'Error',
    text: cut(text),
    isTextCut: isLong(text),
    head: cut(head, MAX_HEAD_LENGTH),
    calls: cut(calls),
    isStackCut: isLong(head, MAX_HEAD_LENGTH) || isLong(calls),
    cause,
    members: name === 'AggregateError' ? membersOf(error) : [],
  };
}

/**
 * UTF-16 units before the calls in `stack`: V8 begins it with the name and the message, which may be longer than all that is kept.
 * The message is compared where it must stand, for to seek one long text in another may take for ever.
 */
function headLengthOf(stack: string, message: string): number {
  const nameLength = /^[^\n:]{0,200}: /.exec(stack)?.[0].length ?? 0;
  if (stack.startsWith(`${message}\n`, nameLength)) return nameLength + message.length;
  // Its message may have been changed since.
  return isLong(stack) ? Math.max(stack.indexOf('\n    at '), 0) : 0;
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

function cut(text: string, maxLength = MAX_TEXT_LENGTH): string {
  return isLong(text, maxLength) ? `${text.slice(0, maxLength)}…` : text;
}

function isLong(text: string, maxLength = MAX_TEXT_LENGTH): boolean {
  return text.length > maxLength;
}
