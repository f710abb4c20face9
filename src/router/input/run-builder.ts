import { formatTimestamp } from '../../core/timestamp.ts';
import type { DecodedBatch } from '../../core/decode.ts';
import type { Header } from '../../core/header.ts';
import type { RefusalReason } from '../../core/refusal.ts';
import type { Via } from './acceptance.ts';
import type { Fresh } from './sender-ledger.ts';

/** A batch as the journal takes it. */
export interface Runs {
  /** Headers and lines; empty if no line is taken. */
  readonly text: string;
  readonly acceptedCount: number;
  readonly duplicateCount: number;
}

/**
 * The journal's text of what is new and good in a batch: a header, written anew, and the lines below it. Where a line is left out, a new
 * header with its own `seq` begins, so that every line keeps its number. `onRefused` hears of each refused line that is new.
 */
export function buildRuns(
  batch: DecodedBatch,
  fresh: Fresh,
  receivedMs: number,
  via: Via,
  onRefused: (index: number, reason: RefusalReason) => void,
): Runs {
  const { header, lines } = batch;
  if (fresh === 'none') return { text: '', acceptedCount: 0, duplicateCount: lines.length };
  if (fresh === 'all' && areAllGood(lines)) {
    const text = `${journalHeader(header, 0, receivedMs, via)}\n${lines.join('\n')}\n`;
    return { text, acceptedCount: lines.length, duplicateCount: 0 };
  }
  const ranges = fresh === 'all' ? [0, lines.length] : fresh;
  let text = '';
  let acceptedCount = 0;
  let freshCount = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const [from = 0, to = 0] = ranges.slice(i, i + 2);
    freshCount += to - from;
    let isBelowHeader = false;
    for (let index = from; index < to; index++) {
      const line = lines[index];
      if (typeof line !== 'string') {
        if (line !== undefined) onRefused(index, line.refused);
        isBelowHeader = false;
        continue;
      }
      if (!isBelowHeader) text += `${journalHeader(header, index, receivedMs, via)}\n`;
      isBelowHeader = true;
      text += `${line}\n`;
      acceptedCount++;
    }
  }
  return { text, acceptedCount, duplicateCount: lines.length - freshCount };
}

function areAllGood(lines: DecodedBatch['lines']): lines is readonly string[] {
  for (const line of lines) if (typeof line !== 'string') return false;
  return true;
}

/** `metlog` first, by which readers know a header; what the header does not have is left out. Put together by hand: a lone message pays all of it. */
function journalHeader(header: Header, index: number, receivedMs: number, via: Via): string {
  const { metlog, logger, hostname, pid, sender, seq, sent } = header;
  let text = `{"metlog":${metlog},"logger":${JSON.stringify(logger)}`;
  if (hostname !== undefined) text += `,"hostname":${JSON.stringify(hostname)}`;
  if (pid !== undefined) text += `,"pid":${pid}`;
  if (sender !== undefined && seq !== undefined) text += `,"sender":${JSON.stringify(sender)},"seq":${seq + index}`;
  if (sent !== undefined) text += `,"sent":"${sent}"`;
  return `${text},"received":"${formatTimestamp(receivedMs)}","via":"${via}"}`;
}
