import { isMessage } from '../../core/guard.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import type { ReceivedMessage } from '../received-message.ts';

/** A message that its sink did not get rid of, and why. One JSON line in the file. */
export interface DeadLetter {
  /** When it was given up, as ISO text. */
  readonly at: string;
  readonly reason: string;
  readonly message: ReceivedMessage;
}

/** The letter as its line, with the newline. */
export const letterLine = (letter: DeadLetter): string => `${JSON.stringify(letter)}\n`;

/** Reads a line; undefined if it is no letter. People may have had their hands in the file. */
export function parseLetter(line: string): DeadLetter | undefined {
  const value = parseJson(line);
  if (!isRecord(value) || typeof value['at'] !== 'string' || typeof value['reason'] !== 'string') return undefined;
  const { at, reason } = value;
  const message = toReceivedMessage(value['message']);
  return message && { at, reason, message };
}

function toReceivedMessage(value: unknown): ReceivedMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { offset, received, via, key, hostname, pid, sender, seq } = value;
  if (!isMessage(value)) return undefined;
  if (typeof offset !== 'number' || typeof received !== 'string' || (via !== 'udp' && via !== 'http')) return undefined;
  const { type, timestamp, logger, severity, payload, metadata } = value;
  return {
    type,
    timestamp,
    logger,
    severity,
    payload,
    metadata,
    offset,
    received,
    via,
    key: textOrNone(key),
    hostname: textOrNone(hostname),
    pid: numberOrNone(pid),
    sender: textOrNone(sender),
    seq: numberOrNone(seq),
  };
}

const textOrNone = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOrNone = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
