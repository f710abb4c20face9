import type { Stats } from './books.ts';
import type { DropReason } from './drop-reason.ts';
import { encodeLine } from './encode.ts';
import { DEFAULT_SEVERITY } from './severity.ts';
import { formatTimestamp } from './timestamp.ts';

/** The type of a sender's report. */
export const REPORT_TYPE = 'metlog.report';

/**
 * The metadata of a message of type `metlog.report`: a sender's own book, from its first message on. A sender sends one each minute from its first datagram on, whether
 * or not it has something else to say, and a last one when it closes, which is its last message. It always ends its datagram.
 *
 * Reports are numbered as any message is, so that the number of the newest one tells how many messages the sender has given out. They are in none of the counts here:
 * those are the application's messages, and accepted = sent + queued + merged + the sum of dropped. What was lost after it was numbered (`unreachable`, `unresolved`,
 * `send-failed`, and what of `closed` and `refused` was under way) the router finds missing as well.
 */
export interface SenderReport {
  /** Messages that the application asked for, and those that waited when the sender began. */
  readonly accepted: number;
  /** Messages that left. */
  readonly sent: number;
  /** Messages that wait, or are under way without an answer; at the end of a process those are all of the last datagrams. */
  readonly queued: number;
  /** Messages that were added into another (`aggregate`). */
  readonly merged: number;
  /** Messages that did not leave, by reason. Reasons that never came are absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** How long ago the sender gave out its number 0, in milliseconds of its own clock. */
  readonly ageMs: number;
  /** Whether it is the sender's last message. */
  readonly final: boolean;
}

/** The line of a report, which its newest books go into. */
export function encodeReport(report: SenderReport, nowMs: number): string {
  return encodeLine({
    type: REPORT_TYPE,
    timestamp: formatTimestamp(nowMs),
    severity: DEFAULT_SEVERITY,
    payload: '',
    metadata: { ...report },
  });
}

/** What `now` has more than the books of an earlier sender, `before`: it is what that one left in its queue, and all that came later. */
export function booksSince(now: Stats, before: Stats): Stats {
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const [reason, count] of Object.entries(now.dropped) as [DropReason, number][]) {
    const later = count - (before.dropped[reason] ?? 0);
    if (later > 0) dropped[reason] = later;
  }
  return {
    accepted: now.accepted - before.accepted + before.queued,
    sent: now.sent - before.sent,
    queued: now.queued,
    merged: now.merged - before.merged,
    dropped,
  };
}
