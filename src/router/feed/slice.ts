import { HEADER_START } from '../../core/journal-format.ts';
import { isRecord } from '../../core/json.ts';
import type { Message } from '../../core/schema.ts';
import type { Written } from '../journal/written.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { placeAt, readJournalHeader, type Place } from './place.ts';

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
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const messages: ReceivedMessage[] = [];
  let { offset, header, belowHeader } = start;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const line = text.slice(at, newline === -1 ? text.length : newline);
    at += line.length + 1;
    if (line.startsWith(HEADER_START)) {
      header = readJournalHeader(line);
      belowHeader = 0;
      continue;
    }
    const fields = header && parseLine(line);
    if (header !== undefined && fields !== undefined) {
      const { type, timestamp, logger = header.logger, severity, payload, metadata } = fields;
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

/** Trusts that an object is a message: the router wrote it. */
function parseLine(line: string): (Omit<Message, 'logger'> & { readonly logger?: string }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? (value as unknown as Message) : undefined;
  } catch {
    return undefined; // the disk's doing
  }
}
