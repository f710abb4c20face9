import { HEADER_START } from '../../core/journal-format.ts';
import type { Via } from '../input/acceptance.ts';

/** What a header of the journal says of the lines below it. Trusted: the router wrote it. */
export interface JournalHeader {
  readonly logger: string;
  readonly hostname?: string;
  readonly pid?: number;
  readonly sender?: string;
  readonly seq?: number;
  readonly received: string;
  readonly via: Via;
  readonly key?: string;
}

/** Where a reader of the journal's text stands. */
export interface Place {
  /** Offset of the next message. */
  readonly offset: number;
  /** The header that the next line stands below; undefined before the first, and below one that is damaged. */
  readonly header: JournalHeader | undefined;
  /** Lines since that header. */
  readonly belowHeader: number;
}

/** Before a header. */
export const placeAt = (offset: number): Place => ({ offset, header: undefined, belowHeader: 0 });

/** The header in a line; undefined if the line is damaged. */
export function readJournalHeader(line: string): JournalHeader | undefined {
  try {
    return JSON.parse(line) as JournalHeader;
  } catch {
    return undefined; // the disk's doing: what stands below it belongs to nobody
  }
}

const NEWLINE = 0x0a;
const HEADER_BYTES = /* @__PURE__ */ Buffer.from(HEADER_START);

/** Passes over the lines before the offset; returns where it then stands, in the journal and in the text. Costs little: only headers are read. */
export function skipTo(text: Buffer, from: Place, offset: number): { readonly place: Place; readonly at: number } {
  let at = 0;
  let headerAt: number | undefined;
  let passed = from.offset;
  let { belowHeader } = from;
  while (at < text.length) {
    const isHeader = text.compare(HEADER_BYTES, 0, HEADER_BYTES.length, at, at + HEADER_BYTES.length) === 0;
    if (!isHeader && passed === offset) break;
    if (isHeader) headerAt = at;
    else passed++;
    belowHeader = isHeader ? 0 : belowHeader + 1;
    at = lineEnd(text, at) + 1;
  }
  const header =
    headerAt === undefined ? from.header : readJournalHeader(text.toString('utf8', headerAt, lineEnd(text, headerAt)));
  return { place: { offset: passed, header, belowHeader }, at };
}

/** Where the line that begins at `at` ends; its newline, or the text's end. */
function lineEnd(text: Buffer, at: number): number {
  const newline = text.indexOf(NEWLINE, at);
  return newline === -1 ? text.length : newline;
}
