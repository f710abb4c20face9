import type { Header } from './header.ts';
import { isTimestamp } from './timestamp.ts';

/** Senders that are heard at the same time; past it those are forgotten that were not heard since the last time. */
const MAX_KNOWN = 4_096;
/** Longer than any that the SDK writes. */
const MAX_START_LENGTH = 1_024;
const SEQ = ',"seq":';
const SENT = ',"sent":"';
const END = '"}';
const TIMESTAMP_LENGTH = 24;
/** `seq` has no more digits than a double holds exactly. */
const MAX_DIGITS = 15;
const ZERO = 48;
const SPACE = 32;

// By what a sender's headers share, in the text in which it writes it: all up to `,"seq":`.
let known = /* @__PURE__ */ new Map<string, Header>();
let knownBefore: ReadonlyMap<string, Header> = /* @__PURE__ */ new Map<string, Header>();

/**
 * The header in the first `end` characters of `text`, if it differs from one that was remembered in no more than `seq` and `sent`, written as
 * the SDK does: at its end and in this order. A tenth of what parsing it costs. Undefined says nothing.
 */
export function recallHeader(text: string, end: number): Header | undefined {
  const sentAt = end - SENT.length - TIMESTAMP_LENGTH - END.length;
  if (!text.startsWith(SENT, sentAt) || !text.startsWith(END, end - END.length)) return undefined;
  let digitsEnd = sentAt;
  while (text.charCodeAt(digitsEnd - 1) === SPACE) digitsEnd--;
  let digitsFrom = digitsEnd;
  while (digitsEnd - digitsFrom < MAX_DIGITS && isDigit(text.charCodeAt(digitsFrom - 1))) digitsFrom--;
  const seqAt = digitsFrom - SEQ.length;
  const hasNoNumber = digitsFrom === digitsEnd || (text.charCodeAt(digitsFrom) === ZERO && digitsEnd - digitsFrom > 1);
  if (hasNoNumber || !text.startsWith(SEQ, seqAt)) return undefined;
  const header = headerFor(text.slice(0, seqAt));
  if (header === undefined) return undefined;
  const sent = text.slice(sentAt + SENT.length, end - END.length);
  if (!isTimestamp(sent)) return undefined;
  return { ...header, seq: Number(text.slice(digitsFrom, digitsEnd)), sent };
}

/**
 * Remembers a header that was read from the first `end` characters of `text`. Another line that begins in the same way and then has nothing but
 * a number for `seq` and a text for `sent` must mean the same: it is within the same braces, and what comes last counts.
 */
export function rememberHeader(text: string, end: number, header: Header): void {
  if (header.sender === undefined || header.sent === undefined) return;
  const seqAt = text.lastIndexOf(SEQ, end);
  if (seqAt === -1 || seqAt > MAX_START_LENGTH || !TAIL.test(text.slice(seqAt, end))) return;
  if (known.size >= MAX_KNOWN) {
    knownBefore = known;
    known = new Map();
  }
  known.set(detached(text.slice(0, seqAt)), header);
}

const TAIL = /^,"seq":\d+ *,"sent":"[^"\\]{24}"\}$/;

function headerFor(start: string): Header | undefined {
  const header = known.get(start);
  if (header !== undefined) return header;
  const before = knownBefore.get(start);
  if (before !== undefined && known.size < MAX_KNOWN) known.set(start, before);
  return before;
}

/** A part of a text keeps all of it in memory; this has only itself. */
const detached = (part: string): string => ` ${part}`.slice(1);

const isDigit = (code: number): boolean => code >= ZERO && code < ZERO + 10;
