import { isRecord } from '../../core/json.ts';
import type { Message } from '../../core/schema.ts';
import type { Written } from '../journal/written.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { readJournalLines, type DamagedHeader } from './journal-lines.ts';
import { placeAt, type JournalHeader, type Place } from './place.ts';

/** A piece of the journal, as text: whole lines. */
export interface Slice {
  /** Where its first line stands. */
  readonly start: Place;
  readonly bytes: Uint8Array;
}

export interface DecodedSlice {
  /** Its messages in order, but for lines that cannot be read. */
  readonly messages: readonly ReceivedMessage[];
  /** Where what follows stands. */
  readonly end: Place;
}

export const sliceOf = ({ first, bytes }: Written): Slice => ({ start: placeAt(first), bytes });

/** Reads the messages of a slice. Never throws: a damaged line keeps its offset and is left out. */
export function decodeSlice({ start, bytes }: Slice): DecodedSlice {
  const messages: ReceivedMessage[] = [];
  let { offset, header, belowHeader } = start;
  for (const line of readJournalLines(bytes)) {
    if (isHeader(line)) {
      header = 'logger' in line ? line : undefined;
      belowHeader = 0;
      continue;
    }
    if (header !== undefined && isMessage(line)) {
      const { type, timestamp, logger = header.logger, severity, payload, metadata } = line;
      // One shape for all: what reads millions of them is fast only so.
      messages.push({
        type,
        timestamp,
        logger,
        severity,
        payload,
        metadata,
        offset,
        received: header.received,
        via: header.via,
        key: header.key,
        hostname: header.hostname,
        pid: header.pid,
        sender: header.sender,
        seq: header.seq === undefined ? undefined : header.seq + belowHeader,
      });
    }
    offset++;
    belowHeader++;
  }
  return { messages, end: { offset, header, belowHeader } };
}

// Both trust the router, which wrote the lines: only headers have the key `metlog`, and what is an object beside them is a message.

const isHeader = (line: unknown): line is JournalHeader | DamagedHeader => isRecord(line) && 'metlog' in line;

const isMessage = (line: unknown): line is Omit<Message, 'logger'> & { readonly logger?: string } => isRecord(line);
