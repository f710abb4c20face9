import { copyTrouble } from './copy-trouble.ts';
import { isExact } from './is-exact.ts';
import type { Ledger, LedgerCopy } from './ledger.ts';
import { count, duration, listed, many, percent, sum, type Named } from './words.ts';

type Books = Omit<Ledger, 'notes'>;

/** Reasons for which a sender drops what it has numbered; others come before the number, or, the second list, before or after it. */
const LOST_WITH_NUMBER = ['unreachable', 'unresolved', 'send-failed'];
const LOST_AT_TIMES_WITH_NUMBER = ['closed', 'refused'];

/** What a person should know of the books, one sentence each, worst first. It says what is known and what is not, and subtracts nothing. */
export function ledgerNotes(books: Books): string[] {
  return [
    ...pathNotes(books),
    ...socketNotes(books),
    ...inputNotes(books),
    ...sinkNotes(books),
    ...keepingNotes(books),
  ];
}

function pathNotes({ path }: Books): string[] {
  const { received, missing, silent, implausible, dropped } = path.lastDay;
  const notes: string[] = [];
  const silently = `${many(silent, 'sender')} ended silently`;
  if (missing > 0) {
    const share = `${isExact(path, silent) ? '' : '≥ '}${percent(missing / (received + missing))} missing in the last 24 hours`;
    notes.push(`${share} (${count(missing)} of ${count(received + missing)})${silent > 0 ? `, ${silently}` : ''}`);
  } else if (silent > 0) {
    notes.push(`${silently} in the last 24 hours: what they sent last is unknown`);
  }
  if (implausible > 0) {
    notes.push(`${many(implausible, 'gap')} of more than a million in the last 24 hours, not counted as missing`);
  }
  // What a filter kept back, its application wanted so.
  const unwanted = Object.entries(dropped).filter(([reason]) => reason !== 'filtered');
  if (unwanted.length > 0) {
    notes.push(
      `senders dropped ${many(sum(unwanted), 'message')} themselves in the last 24 hours: ${listed(unwanted)}${amongMissing(unwanted)}`,
    );
  }
  if (path.senders.evicted > 0) {
    notes.push(`${many(path.senders.evicted, 'sender')} had to be forgotten, as there are too many`);
  }
  return notes;
}

/** Which of them had a number already, so that the path's book has them as missing too. */
function amongMissing(dropped: Named): string {
  const of = (reasons: readonly string[]): string[] =>
    dropped.filter(([reason, times]) => times > 0 && reasons.includes(reason)).map(([reason]) => reason);
  const all = of(LOST_WITH_NUMBER);
  const some = of(LOST_AT_TIMES_WITH_NUMBER);
  const parts = [
    ...(all.length === 0 ? [] : [`those with ${all.join(' or ')}`]),
    ...(some.length === 0 ? [] : [`some of those with ${some.join(' or ')}`]),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(' and ')} have numbers, and are among the missing`;
}

function socketNotes({ socket, path }: Books): string[] {
  const { droppedDatagrams, receiveBuffer } = socket;
  const { askedBytes, grantedBytes } = receiveBuffer;
  const notes: string[] = [];
  if (droppedDatagrams !== null && droppedDatagrams > 0) {
    const why = path.total.missing > 0 ? 'likely cause of what is missing' : 'none of it is known to be missing yet';
    notes.push(`the kernel dropped ${many(droppedDatagrams, 'datagram')} (${why})`);
  }
  if (grantedBytes < askedBytes) {
    notes.push(
      `the receive buffer has ${count(grantedBytes)} of ${count(askedBytes)} bytes, and bursts may be lost` +
        (process.platform === 'linux' ? `; allow it with: sysctl -w net.core.rmem_max=${askedBytes}` : ''),
    );
  }
  return notes;
}

function inputNotes({ input, relay }: Books): string[] {
  const refused = Object.entries(input.refused).filter(([, times]) => times > 0);
  const notes: string[] = [];
  if (input.journalFailed > 0) {
    notes.push(`${many(input.journalFailed, 'message')} could not be written to the journal`);
  }
  if (refused.length > 0)
    notes.push(`${many(sum(refused), 'line or datagram', 'lines or datagrams')} refused: ${listed(refused)}`);
  const turnedAway = Object.entries(relay.refused).filter(([, times]) => times > 0);
  if (turnedAway.length > 0) {
    notes.push(`${many(sum(turnedAway), 'HTTP request')} to the relay refused: ${listed(turnedAway)}`);
  }
  return notes;
}

function sinkNotes({ sinks }: Books): string[] {
  return Object.entries(sinks).flatMap(([name, book]) => {
    const notes: string[] = [];
    if (book.trouble !== null || book.state === 'hung') {
      const waiting =
        book.waiting === 0 ? '' : `, ${many(book.waiting, 'message')} waiting for ${duration(book.lagMs)}`;
      // A failed replay leaves its trouble, while the sink is ready for what comes.
      const what =
        book.state === 'ready' ? `sink ${name}: its last write failed` : `sink ${name} is failing (${book.state})`;
      notes.push(`${what}${waiting}${book.trouble === null ? '' : `: ${book.trouble}`}`);
    }
    if (book.expired > 0) notes.push(`sink ${name}: ${many(book.expired, 'message')} expired before it took them`);
    if (book.deadLettered > 0) {
      const letters = many(book.deadLettered, 'message');
      notes.push(`sink ${name}: ${letters} in its dead letters; once the fault is fixed: metlog replay ${name}`);
    }
    const leftOut = Object.entries(book.leftOut).filter(([, times]) => times > 0);
    if (leftOut.length > 0) notes.push(`sink ${name} left out ${many(sum(leftOut), 'message')}: ${listed(leftOut)}`);
    return notes;
  });
}

function keepingNotes({ archive, journal, unread, abandoned }: Books): string[] {
  const notes: string[] = [];
  if (unread > 0) notes.push(`${many(unread, 'message')} cannot be read in the journal, and went to no sink`);
  if (abandoned > 0)
    notes.push(`up to ${many(abandoned, 'message')} waited for a sink that is not configured any more`);
  if (archive.expired > 0) notes.push(`${many(archive.expired, 'message')} expired before they were archived`);
  if (archive.copy !== null) notes.push(...copyNotes(archive.copy));
  if (journal.setAside.files > 0) {
    const files = many(journal.setAside.files, 'journal segment');
    notes.push(`${files} of ${count(journal.setAside.bytes)} bytes could not be read, set aside as .bad`);
  }
  if (journal.setAside.deletedFiles > 0) {
    notes.push(`${many(journal.setAside.deletedFiles, 'segment')} that had been set aside deleted to make room`);
  }
  if (journal.torn.segments > 0) {
    notes.push(
      `a crash tore ${many(journal.torn.segments, 'journal segment')}: ${count(journal.torn.bytes)} bytes cut off`,
    );
  }
  return notes;
}

function copyNotes(copy: LedgerCopy): string[] {
  const notes = copyTrouble(copy);
  if (copy.expired > 0) notes.push(`${many(copy.expired, 'message')} expired before they were copied to ${copy.url}`);
  return notes;
}
