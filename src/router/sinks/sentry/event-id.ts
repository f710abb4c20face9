import { createHash } from 'node:crypto';
import type { ReceivedMessage } from '../../received-message.ts';

/** Hexadecimal digits of an event's id. */
const ID_LENGTH = 32;

/**
 * The id of a message's event, the same at every attempt, so that Sentry drops what comes twice. Made of what identifies the message anywhere,
 * `sender` and `seq`, and the `key` that it was signed with, as anyone may claim another's `sender`; of a deployed client's, which has neither,
 * of its place in the journal, the time that it came and what it says.
 */
export function eventIdOf(message: ReceivedMessage): string {
  const { sender, seq, key, offset, received, logger, type, payload } = message;
  const isNumbered = sender !== undefined && seq !== undefined;
  const signed = key === undefined ? [] : [key];
  const identity = isNumbered ? [sender, seq, ...signed] : [offset, received, logger, type, payload];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, ID_LENGTH);
}
