import type { ReceivedMessage } from '../../received-message.ts';
import type { RefusedMessage } from '../../sink.ts';
import { TOO_MANY_NAMES, type Unfit } from './names.ts';

/** A batch as statsd takes it. */
export interface Packed {
  /** Lines, with newlines between them. */
  readonly datagrams: readonly string[];
  /** For each datagram, the index of the first message in it. */
  readonly firsts: readonly number[];
  readonly refused: readonly RefusedMessage[];
  /** Indices of the messages whose name was one too many. */
  readonly leftOut: readonly number[];
}

/** Puts the messages' lines into as few datagrams as hold them, in order. What belongs together, a gauge's two lines, stays so. */
export function packLines(
  messages: readonly ReceivedMessage[],
  lineOf: (message: ReceivedMessage) => string | Unfit,
  maxDatagramBytes: number,
): Packed {
  const datagrams: string[] = [];
  const firsts: number[] = [];
  const refused: RefusedMessage[] = [];
  const leftOut: number[] = [];
  let open = '';
  let first = 0;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    const line = lineOf(message);
    if (typeof line !== 'string') {
      if (line === TOO_MANY_NAMES) leftOut.push(index);
      else refused.push({ index, reason: line.reason });
      continue;
    }
    // Lines are ASCII: a character is a byte.
    if (line.length > maxDatagramBytes) {
      refused.push({ index, reason: `its line has ${line.length} bytes, and a datagram ${maxDatagramBytes} at most` });
      continue;
    }
    if (open !== '' && open.length + 1 + line.length > maxDatagramBytes) {
      datagrams.push(open);
      firsts.push(first);
      open = '';
    }
    if (open === '') {
      open = line;
      first = index;
    } else open += `\n${line}`;
  }
  if (open !== '') {
    datagrams.push(open);
    firsts.push(first);
  }
  return { datagrams, firsts, refused, leftOut };
}
