import type { DecodedBatch } from '../../core/decode.ts';
import type { Header } from '../../core/header.ts';
import { MAX_LINE_BYTES } from '../../core/journal-format.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { Via } from './acceptance.ts';
import type { Fresh } from './ledger.ts';

/** What the router says of a batch. */
export interface Stamp {
  readonly receivedMs: number;
  readonly via: Via;
  /** Id of the key that verifiably signed it. */
  readonly key: string | undefined;
}

/** Whole headers and lines, which the journal takes at once. */
export interface Piece {
  readonly text: string;
  /** Messages in it. */
  readonly count: number;
  /** Which lines of the batch they are, as flat pairs `from, to (excluded)`. */
  readonly ranges: readonly number[];
}

/** A batch as the journal takes it. */
export interface Runs {
  readonly pieces: readonly Piece[];
  readonly duplicateCount: number;
}

/**
 * A piece ends once it has so many UTF-16 units. Headers between the lines can make a body 25 times as long as it came; in pieces, a segment
 * still ends soon after it is full.
 */
export const MAX_PIECE_LENGTH: number = 64 * 1024;

/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * The journal's text of what is new and good in a batch: a header, written anew, and the lines below it. Where a line is left out, a new
 * header with its own `seq` begins, so that every line keeps its number. What is left out goes with the next run, or the last one, as what
 * came with it. `onRefused` hears of each refused line that is new.
 */
export function buildRuns(
  batch: DecodedBatch,
  fresh: Fresh,
  stamp: Stamp,
  onRefused: (index: number, reason: RefusalReason) => void,
): Runs {
  const { header, lines } = batch;
  if (fresh === 'none') return { pieces: [], duplicateCount: lines.length };
  if (fresh === 'all' && areOneGoodPiece(lines)) {
    const text = `${journalHeader(header, 0, stamp)}\n${lines.join('\n')}\n`;
    return { pieces: [{ text, count: lines.length, ranges: [0, lines.length] }], duplicateCount: 0 };
  }
  const freshRanges = fresh === 'all' ? [0, lines.length] : fresh;
  const pieces: { text: string; count: number; ranges: number[] }[] = [];
  let freshCount = 0;
  let tookFrom = 0;
  let run: Run | undefined;

  /** The piece that the next run goes to, if it has room. */
  function openPiece(): (typeof pieces)[number] | undefined {
    const last = pieces.at(-1);
    return last !== undefined && last.text.length < MAX_PIECE_LENGTH ? last : undefined;
  }

  function end({ from, to, text }: Run, tookTo: number): void {
    let piece = openPiece();
    if (piece === undefined) pieces.push((piece = { text: '', count: 0, ranges: [] }));
    const isAlone = from === tookFrom && to === tookTo;
    piece.text += `${journalHeader(header, from, stamp, isAlone ? undefined : [tookFrom, tookTo])}\n${text}`;
    piece.count += to - from;
    piece.ranges.push(from, to);
    tookFrom = tookTo;
  }

  for (let i = 0; i < freshRanges.length; i += 2) {
    const [from = 0, to = 0] = freshRanges.slice(i, i + 2);
    freshCount += to - from;
    for (let index = from; index < to; index++) {
      const line = lines[index];
      if (typeof line !== 'string' || isTooLong(line)) {
        onRefused(index, typeof line === 'object' ? line.refused : 'too-large');
        continue;
      }
      const isNext = run?.to === index && (openPiece()?.text.length ?? 0) + run.text.length < MAX_PIECE_LENGTH;
      if (run !== undefined && !isNext) end(run, run.to);
      if (run === undefined || !isNext) run = { from: index, to: index, text: '' };
      run.text += `${line}\n`;
      run.to = index + 1;
    }
  }
  if (run !== undefined) end(run, lines.length);
  return { pieces, duplicateCount: lines.length - freshCount };
}

/** Lines that stand below one header. */
interface Run {
  readonly from: number;
  to: number;
  text: string;
}

/** Whether nothing is wrong with these lines, and one piece holds them all. */
export function areOneGoodPiece(lines: DecodedBatch['lines']): lines is readonly string[] {
  let length = 0;
  for (const line of lines) {
    if (typeof line !== 'string') return false;
    length += line.length;
  }
  return length <= MAX_PIECE_LENGTH;
}

/** Bad bytes and numbers such as `1e20` grow when they are made canonical. */
function isTooLong(line: string): boolean {
  return line.length * MAX_BYTES_PER_UNIT > MAX_LINE_BYTES && Buffer.byteLength(line) > MAX_LINE_BYTES;
}

/**
 * `metlog` first, by which readers know a header; `key` only as verified, whatever the sender's header says; what the header does not have is left out. `took`: the
 * lines from and to (excluded) that came, where others than those below this header did; a restart learns from it what came. Put together by hand: a lone message
 * pays all of it.
 */
export function journalHeader(
  header: Header,
  index: number,
  { receivedMs, via, key }: Stamp,
  took?: readonly [from: number, to: number],
): string {
  const { metlog, logger, hostname, pid, sender, seq, sent } = header;
  let text = `{"metlog":${metlog},"logger":${JSON.stringify(logger)}`;
  if (hostname !== undefined) text += `,"hostname":${JSON.stringify(hostname)}`;
  if (pid !== undefined) text += `,"pid":${pid}`;
  if (sender !== undefined && seq !== undefined) {
    text += `,"sender":${JSON.stringify(sender)},"seq":${seq + index}`;
    if (took !== undefined) text += `,"took":[${seq + took[0]},${took[1] - took[0]}]`;
  }
  if (sent !== undefined) text += `,"sent":"${sent}"`;
  text += `,"received":"${formatTimestamp(receivedMs)}","via":"${via}"`;
  return key === undefined ? `${text}}` : `${text},"key":"${key}"}`;
}
