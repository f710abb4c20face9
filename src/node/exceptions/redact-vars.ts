import { REDACTED, type IsSecret } from '../../core/bounded-json.ts';
import { setOwn, type JsonObject, type JsonValue } from '../../core/json.ts';

/** Variables without what looks like a secret: what stands under such a name, after it in a list, or after it in a text. */
export function redactVars(vars: JsonObject, isSecret: IsSecret): JsonObject {
  const redacted: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(vars))
    setOwn(redacted, redactText(key, isSecret), isSecret(key) ? REDACTED : redactValue(value, isSecret));
  return redacted;
}

function redactValue(value: JsonValue, isSecret: IsSecret): JsonValue {
  if (typeof value === 'string') return redactText(value, isSecret);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return redactVars(value as JsonObject, isSecret);
  // `['authorization', 'Bearer …']`, as entries and raw headers are
  return (value as readonly JsonValue[]).map((item, index, items) => {
    const before = items[index - 1];
    return typeof before === 'string' && isSecret(before) ? REDACTED : redactValue(item, isSecret);
  });
}

/** A name before its value: of `token=…`, `"password":"…"`, `Authorization: Bearer …`. */
const NAME = /([\w-]{1,64})\\?["']?\s{0,4}[:=]\s{0,4}/g;
const VALUE = /(\\?"|')[^"'\\]*|()(?:(?:Bearer|Basic)\s+)?[^\s"',;&}\]]+/iy;

function redactText(text: string, isSecret: IsSecret): string {
  let redacted = '';
  let end = 0;
  for (const { 0: whole, 1: name = '', index } of text.matchAll(NAME)) {
    VALUE.lastIndex = index + whole.length;
    if (index < end || !isSecret(name)) continue;
    const [value, quote = ''] = VALUE.exec(text) ?? [''];
    if (value === '') continue;
    redacted += text.slice(end, index + whole.length) + quote + REDACTED;
    end = index + whole.length + value.length;
  }
  return redacted + text.slice(end);
}

/** `password = '…'`, as it stands in a program: what is written there in quotes. */
const WRITTEN = /([\w-]{1,64})(["']?\s{0,4}(?:[:=]|=>)\s{0,4})(["'`])[^"'`]+/g;

/** A line of source without the secrets written in it. */
export function redactSource(line: string, isSecret: IsSecret): string {
  return line.replace(WRITTEN, (all, name: string, between: string, quote: string) =>
    isSecret(name) ? `${name}${between}${quote}${REDACTED}` : all,
  );
}
