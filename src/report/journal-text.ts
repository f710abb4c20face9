import { readLine } from '../core/decode.ts';
import { parseHeader, type Header } from '../core/header.ts';
import { HEADER_START } from '../core/journal-format.ts';
import type { Message } from '../core/schema.ts';

/** A message as a tail shows it: with where it came from. */
export interface TailedMessage extends Message {
  readonly hostname?: string;
  readonly pid?: number;
}

/** The messages in text of the journal that begins with a header line. Trusts it: everything in the journal is canonical. */
export function* readJournalText(text: string): Generator<TailedMessage> {
  let header: Header | null = null;
  for (const line of text.split('\n')) {
    if (line.startsWith(HEADER_START)) {
      header = parseHeader(JSON.parse(line));
    } else if (line !== '' && header !== null) {
      const { hostname, pid } = header;
      yield {
        ...readLine(line, header),
        ...(hostname !== undefined && { hostname }),
        ...(pid !== undefined && { pid }),
      };
    }
  }
}
