import { isRecord } from '../../core/json.ts';

/** One link of a cause chain as a page describes it. */
export interface PageError {
  readonly type: string;
  readonly value: string;
  /** What the engine says below the text, and perhaps a rest of what stands above it. */
  readonly calls: string;
  /** The description itself, as it came. */
  readonly described: Readonly<Record<string, unknown>>;
}

/** Links that are read; a page sends five. */
const MAX_LINKS = 10;
const CAUSE = '\nCaused by: ';

/**
 * The links of `exception`, `metadata.exception` of a page's message, outermost first, each with its part of `payload`, where their stacks stand one below
 * the other. An error's text may hold lines like those of a stack, so that it is passed over where it stands.
 */
export function splitStacks(exception: Readonly<Record<string, unknown>>, payload: string): readonly PageError[] {
  const links: PageError[] = [];
  let at = 0;
  let described: unknown = exception;
  while (isRecord(described) && links.length < MAX_LINKS) {
    const { type, value, cause }: Readonly<Record<string, unknown>> = described;
    const text = textOr(value, '');
    const from = endOfText(payload, at, textOr(type, ''), text);
    const next = isRecord(cause) ? payload.indexOf(CAUSE, from) : -1;
    const end = next === -1 ? payload.length : next;
    links.push({ type: textOr(type, 'Error'), value: text, calls: payload.slice(from, end), described });
    at = next === -1 ? payload.length : next + CAUSE.length;
    described = cause;
  }
  return links;
}

/** Where the calls begin: behind the text, which V8 puts above them, and an SDK where the engine does not. */
function endOfText(payload: string, at: number, type: string, text: string): number {
  if (text === '') return at;
  const head = `${type}: ${text}`;
  if (payload.startsWith(head, at)) return at + head.length;
  // The name at the head may be that of its class, and another than it has now. To seek one long text in another may take for ever.
  const line = payload.indexOf(': ', at);
  if (line !== -1 && payload.startsWith(text, line + 2)) return line + 2 + text.length;
  return payload.startsWith(text, at) ? at + text.length : at;
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
