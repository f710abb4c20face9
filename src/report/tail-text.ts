import type { JsonValue } from '../core/json.ts';
import type { Message } from '../core/schema.ts';

/** A test whether a message's payload, or a key or a value of its metadata, holds `text`, in whatever case. */
export function holdsText(text: string): (message: Message) => boolean {
  const wanted = text.toLowerCase();
  const holds = (value: JsonValue): boolean => {
    if (typeof value === 'string') return value.toLowerCase().includes(wanted);
    if (typeof value !== 'object' || value === null) return String(value).includes(wanted);
    if (isList(value)) return value.some(holds);
    return Object.entries(value).some(([key, inner]) => key.toLowerCase().includes(wanted) || holds(inner));
  };
  return ({ payload, metadata }) => holds(payload) || holds(metadata);
}

/** `Array.isArray` forgets what a readonly list holds. */
const isList = (value: readonly JsonValue[] | object): value is readonly JsonValue[] => Array.isArray(value);
