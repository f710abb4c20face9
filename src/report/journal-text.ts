import { readLine } from '../core/decode.ts';
import { parseHeader, type Header } from '../core/header.ts';
import { HEADER_START } from '../core/journal-format.ts';
import { isRecord } from '../core/json.ts';
import type { Message } from '../core/schema.ts';

/** A message as a tail shows it: with where it came from. */
export interface TailedMessage extends Message {
  readonly hostname?: string;
  readonly pid?: number;
  /** With `seq`, what a message is known by; absent for old clients'. */
  readonly sender?: string;
  readonly seq?: number;
  /** When the router received it, ISO 8601 in UTC. */
  readonly received?: string;
}

/** The messages in text of the journal that begins with a header line. Trusts it: everything in the journal is canonical. */
export function* readJournalText(text: string): Generator<TailedMessage> {
  let header: Header | null = null;
  let received: unknown;
  let index = 0; // below the header
  for (const line of text.split('\n')) {
    if (line.startsWith(HEADER_START)) {
      const parsed: unknown = JSON.parse(line);
      header = parseHeader(parsed);
      received = isRecord(parsed) ? parsed['received'] : undefined;
      index = 0;
    } else if (line !== '' && header !== null) {
      const { hostname, pid, sender, seq } = header;
      yield {
        ...readLine(line, header),
        ...(hostname !== undefined && { hostname }),
        ...(pid !== undefined && { pid }),
        ...(sender !== undefined && seq !== undefined && { sender, seq: seq + index }),
        ...(typeof received === 'string' && { received }),
      };
      index++;
    }
  }
}
