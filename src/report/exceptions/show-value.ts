import { isRecord } from '../../core/json.ts';
import { REDACTED } from '../../core/bounded-json.ts';

/** Nesting that is shown; a client may send any. */
const MAX_DEPTH = 6;
/** UTF-16 units of one value. */
const MAX_LENGTH = 4_000;
/** A value that is not longer than this stands on one line. */
const LINE_LENGTH = 72;
/** The entry by which the SDK names the class of an object. */
const CLASS_KEY = '[class]';

/** A value as a reader is shown it. */
export interface ShownValue {
  readonly text: string;
  /** It looked like a secret and was taken out before it left its process. */
  readonly isRedacted: boolean;
}

/** A JSON value as text: as JavaScript writes it, over several lines if it is long, and bounded. */
export function showValue(value: unknown): ShownValue {
  const budget = { left: MAX_LENGTH };
  return { text: write(value, 0, budget), isRedacted: value === REDACTED };
}

function write(value: unknown, depth: number, budget: { left: number }): string {
  if (typeof value === 'string') return spend(quoted(value, budget.left), budget);
  if (typeof value !== 'object' || value === null) return spend(String(value), budget);
  const isList = Array.isArray(value);
  if (depth >= MAX_DEPTH) return spend(isList ? '[…]' : '{…}', budget);
  const parts: string[] = [];
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((item: unknown) => ['', item])
    : Object.entries(value);
  const shown = entries.filter(([key]) => isList || key !== CLASS_KEY);
  for (const [index, [key, inner]] of shown.entries()) {
    if (budget.left <= 0) {
      parts.push(`… ${shown.length - index} more`);
      break;
    }
    parts.push(
      isList ? write(inner, depth + 1, budget) : `${spend(name(key), budget)}: ${write(inner, depth + 1, budget)}`,
    );
  }
  const made = isRecord(value) && typeof value[CLASS_KEY] === 'string' ? `${value[CLASS_KEY].slice(0, 64)} ` : '';
  return made + enclosed(parts, isList, depth);
}

/** On one line if that is short, else one part a line. */
function enclosed(parts: readonly string[], isList: boolean, depth: number): string {
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const line = parts.join(', ');
  if (line.length <= LINE_LENGTH && !line.includes('\n'))
    return isList || line === '' ? open + line + close : `${open} ${line} ${close}`;
  const indent = '  '.repeat(depth);
  return `${open}\n${parts.map((part) => `${indent}  ${part}`).join(',\n')}\n${indent}${close}`;
}

/** What stands in brackets is the SDK's word for a value that has no JSON, and no text. */
const quoted = (text: string, left: number): string =>
  /^\[[\w$ .:-]{1,80}\]$/.test(text) ? text : JSON.stringify(cut(text, Math.max(left, 16)));

const name = (key: string): string => (/^[\w$]{1,100}$/.test(key) ? key : JSON.stringify(cut(key, 100)));

export const cut = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;

function spend(text: string, budget: { left: number }): string {
  budget.left -= text.length;
  return text;
}
