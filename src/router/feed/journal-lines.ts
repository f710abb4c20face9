import { HEADER_START } from '../../core/journal-format.ts';
import { parseJson } from '../../core/json.ts';

/** What stands for a header that cannot be read. */
export type DamagedHeader = typeof DAMAGED_HEADER;
const DAMAGED_HEADER = { metlog: 'damaged' } as const;

const NEWLINE = 0x0a;
const [COMMA, OPEN, CLOSE] = [0x2c, 0x5b, 0x5d] as const;

/** The values of the journal's lines, each in its place; undefined for one that is damaged. */
export function readJournalLines(bytes: Uint8Array): readonly unknown[] {
  if (bytes.length === 0) return [];
  const { array, lineCount } = joinLines(bytes);
  const values = parseJson(array);
  // A damaged disk might make another array of them than they should be.
  return Array.isArray(values) && values.length === lineCount ? values : readOneByOne(bytes);
}

/** Kept, as each piece would need as much memory again. */
let scratch = Buffer.alloc(0);

/** All lines as one array: read at once they cost a fifth less than one by one. */
function joinLines(bytes: Uint8Array): { readonly array: string; readonly lineCount: number } {
  if (scratch.length < bytes.length + 2) scratch = Buffer.allocUnsafeSlow(bytes.length + 2);
  const text = scratch.subarray(1, bytes.length + 1);
  text.set(bytes);
  let lineCount = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) {
    text[at] = COMMA;
    lineCount++;
  }
  const hasLastEnd = bytes.at(-1) === NEWLINE;
  const end = hasLastEnd ? bytes.length : bytes.length + 1;
  scratch[0] = OPEN;
  scratch[end] = CLOSE;
  return { array: scratch.toString('utf8', 0, end + 1), lineCount: hasLastEnd ? lineCount : lineCount + 1 };
}

const readOneByOne = ({ buffer, byteOffset, length }: Uint8Array): readonly unknown[] =>
  Buffer.from(buffer, byteOffset, length)
    .toString()
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => parseJson(line) ?? (line.startsWith(HEADER_START) ? DAMAGED_HEADER : undefined));
