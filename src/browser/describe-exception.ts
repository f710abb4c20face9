import type { DescribeException } from '../core/exception.ts';
import { isError } from '../core/is-error.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { textOf } from '../core/text-of.ts';

/** Links of a cause chain that are kept. */
const MAX_CAUSES = 5;
/** UTF-16 units kept of a text or a stack. */
const MAX_TEXT_LENGTH = 16_384;

/** What a page says of an exception: its stack stays text, which the router reads. Never throws. */
export const describePageException: DescribeException = (thrown, { type, handled }) => {
  const stacks: string[] = [];

  function describe(value: unknown): JsonObject {
    const error = isError(value) ? value : undefined;
    const name = error ? textOf(error.name) : typeof value;
    const text = cut(wholeText(error ? error.message : value));
    const stack = cut(withoutQueries(wholeText(error?.stack ?? '')));
    stacks.push(stack.includes(text) ? stack : `${name}: ${text}\n${stack}`.trimEnd());
    const described: Record<string, JsonValue> = { type: name, value: text };
    const cause = error?.cause;
    if (cause !== undefined && stacks.length < MAX_CAUSES) described['cause'] = describe(cause);
    return described;
  }

  const described = describe(thrown);
  const payload = stacks.join('\nCaused by: ');
  const debugIds = debugIdsIn(payload);
  const exception = { ...described, mechanism: type, handled, ...(debugIds && { debug_ids: debugIds }) };
  return { payload, exception, truncated: [] };
};

/**
 * Debug ids of the scripts in these stacks, by their addresses, as the scripts themselves said when they ran: `metlog upload-maps --inject` writes that into
 * them. Each is noted by a stack that begins in its script.
 */
function debugIdsIn(stacks: string): JsonObject | undefined {
  let found: Record<string, JsonValue> | undefined;
  const noted = (globalThis as { _debugIds?: Record<string, string> })._debugIds;
  for (const stack in noted) {
    const [address] = /\w+:\/\/\S*?(?=:\d+:\d)/.exec(withoutQueries(stack)) ?? [''];
    if (address && stacks.includes(address)) (found ??= {})[address] = String(noted[stack]);
  }
  return found;
}

/** Queries and fragments are the page's own, also in the addresses of its code. */
const withoutQueries = (stack: string): string => stack.replace(/[?#][^\s)]*?(?=:\d+(?::\d+)?\)?$)/gm, '');

/** `textOf` is for a sentence, and short. */
const wholeText = (value: unknown): string => (typeof value === 'string' ? value : textOf(value));

const cut = (text: string): string => (text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text);
