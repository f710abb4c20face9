import type { SinkState } from '../report/books.ts';
import type { Ledger, LedgerCopy, LedgerSink } from '../report/ledger.ts';
import type { PathCounts } from '../report/path-counts.ts';
import { count, duration, listed, many, percent, sum } from '../report/words.ts';
import { byteSize } from './byte-size.ts';
import type { Colour } from './colours.ts';
import { inColumns, painted, wrapped, type Cell, type Screen } from './columns.ts';

/** Loggers and senders that are named: those of which most is missing. */
const MAX_LOGGERS = 10;
const MAX_SENDERS = 3;

const STATE_COLOURS: Readonly<Record<SinkState, Colour>> = {
  ready: 'green',
  writing: 'green',
  resting: 'yellow',
  open: 'red',
  hung: 'red',
  closed: 'dim',
};

/** The books for a person: first what is wrong, then what was lost on the path, then the sinks, then the rest. */
export function ledgerText(ledger: Ledger, origin: string, screen: Screen): string {
  return [
    headText(ledger, origin, screen),
    notesText(ledger, screen),
    pathText(ledger, screen),
    sinksText(ledger, screen),
    restText(ledger, screen),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headText({ at, startedAt }: Ledger, origin: string, screen: Screen): string {
  const up = duration(Date.parse(at) - Date.parse(startedAt));
  return `${painted({ text: `metlog at ${origin}`, colour: 'bold' }, screen)}, up ${up}\n`;
}

function notesText({ notes }: Ledger, screen: Screen): string {
  if (notes.length === 0) return `${painted({ text: 'nothing is known to be lost', colour: 'green' }, screen)}\n`;
  return notes
    .flatMap((note) => wrapped(`! ${note}`, '  ', screen))
    .map((text) => `${painted({ text, colour: 'yellow' }, screen)}\n`)
    .join('');
}

function pathText({ path }: Ledger, screen: Screen): string {
  const { total, lastDay, byLogger, senders, worst } = path;
  if (total.began === 0) return `${heading('path', screen)}no sender that numbers its messages has been heard of\n`;
  const row = (name: string, counts: PathCounts): Cell[] => [
    { text: name },
    { text: count(counts.numbered) },
    { text: count(counts.received) },
    { text: count(counts.missing), colour: counts.missing > 0 ? 'red' : undefined },
    { text: shareOf(counts, senders.open > 0) },
    { text: count(counts.silent), colour: counts.silent > 0 ? 'yellow' : undefined },
  ];
  const names = ['path', 'numbered', 'received', 'missing', 'share', 'silent'];
  const table = inColumns(
    [
      names.map((text, index) => ({ text, colour: index === 0 ? 'bold' : 'dim' })),
      row('last 24 hours', lastDay),
      row(`since ${path.since.slice(0, 10)}`, total),
      ...byLogger.slice(0, MAX_LOGGERS).map((book) => row(`  ${book.logger}`, book)),
    ],
    1,
    screen,
  );
  const more = byLogger.length - MAX_LOGGERS;
  const lines = [
    ...(more > 0 ? [`  and ${many(more, 'logger')} more`] : []),
    ...(total.uncounted > 0
      ? [`uncounted: ${count(total.uncounted)}, of which nobody can say whether they were lost`]
      : []),
    `senders now: ${count(senders.open)} open, ${count(senders.closed)} closed, ${count(senders.silent)} silent`,
    ...worst
      .slice(0, MAX_SENDERS)
      .map(
        ({ sender, logger, next, missing }) =>
          `  ${sender} of ${logger}: ${count(missing)} of ${count(next)} missing so far`,
      ),
  ];
  return table + dimLines(lines, screen);
}

/** What is missing of what is known to have come or not, with the mark that it may be more. */
function shareOf({ received, missing, silent }: PathCounts, hasOpen: boolean): string {
  if (missing === 0) return silent > 0 ? '?' : '0 %';
  return `${silent > 0 || hasOpen ? '≥ ' : ''}${percent(missing / (received + missing))}`;
}

function sinksText({ at, startedAt, sinks, unmatched, unread, abandoned }: Ledger, screen: Screen): string {
  const entries = Object.entries(sinks);
  if (entries.length === 0) return `${heading('sinks', screen)}none: everything goes to the archive alone\n`;
  const row = (name: string, sink: LedgerSink): Cell[] => [
    { text: name },
    { text: sink.state, colour: STATE_COLOURS[sink.state] },
    { text: count(sink.routed) },
    { text: count(sink.delivered) },
    { text: count(sink.waiting), colour: sink.waiting > 0 && sink.trouble !== null ? 'yellow' : undefined },
    { text: count(sink.deadLettered), colour: sink.deadLettered > 0 ? 'yellow' : undefined },
    { text: count(sink.expired), colour: sink.expired > 0 ? 'red' : undefined },
    { text: sink.waiting > 0 ? duration(sink.lagMs) : '' },
  ];
  const names = ['sinks', 'state', 'routed =', 'delivered +', 'waiting +', 'dead +', 'expired', 'behind'];
  const table = inColumns(
    [
      names.map((text, index) => ({ text, colour: index === 0 ? 'bold' : 'dim' })),
      ...entries.map(([name, sink]) => row(name, sink)),
    ],
    2,
    screen,
  );
  const lines = [
    `since the start of the process ${duration(Date.parse(at) - Date.parse(startedAt))} ago, and what waited then`,
    ...(unmatched > 0 ? [`${many(unmatched, 'message')} matched no route`] : []),
    ...(unread > 0 ? [`${many(unread, 'message')} cannot be read in the journal, and went to no sink`] : []),
    ...(abandoned > 0 ? [`up to ${many(abandoned, 'message')} waited for a sink that is not configured any more`] : []),
  ];
  return table + dimLines(lines, screen);
}

function restText({ input, relay, socket, archive, journal }: Ledger, screen: Screen): string {
  const refused = sum(Object.entries(input.refused));
  const { askedBytes, grantedBytes } = socket.receiveBuffer;
  const rows: [string, string][] = [
    [
      'input',
      [
        `${many(input.datagrams, 'datagram')}, ${many(input.lines, 'message')}:`,
        `${count(input.accepted)} accepted, ${many(input.duplicates, 'duplicate')},`,
        `${count(refused)} refused, ${count(input.journalFailed)} not journaled, ${count(input.pending)} pending`,
      ].join(' '),
    ],
    ...(relay.requests === 0 ? [] : [['relay', relayText(relay)] satisfies [string, string]]),
    [
      'socket',
      [
        socket.droppedDatagrams === null
          ? 'the system does not tell what it dropped'
          : `${many(socket.droppedDatagrams, 'datagram')} dropped by the kernel`,
        `receive buffer ${grantedBytes < askedBytes ? `${byteSize(grantedBytes)} of ${byteSize(askedBytes)}` : byteSize(grantedBytes)}`,
      ].join('; '),
    ],
    [
      'archive',
      listed([
        ['waiting', archive.waiting],
        ['expired', archive.expired],
        ['set aside', archive.setAside],
        ['failures', archive.failures],
        ['excepted', archive.excepted],
      ]),
    ],
    ...(archive.copy === null ? [] : [['copy', copyText(archive.copy)] satisfies [string, string]]),
    ['journal', `${many(journal.segments, 'segment')} to be read, ${byteSize(journal.bytes)}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .map(([name, text]) => {
      const [first = '', ...more] = wrapped(name.padEnd(width) + text, ' '.repeat(width), screen);
      const titled = painted({ text: name, colour: 'bold' }, screen) + first.slice(name.length);
      return [titled, ...more].map((line) => `${line}\n`).join('');
    })
    .join('');
}

const relayText = ({ requests, accepted, preflights, pending, refused }: Ledger['relay']): string =>
  `${many(requests, 'HTTP request')}: ${count(accepted)} accepted, ${many(preflights, 'preflight')}, ${count(sum(Object.entries(refused)))} refused, ${count(pending)} pending`;

const copyText = (copy: LedgerCopy): string =>
  [
    `${copy.url}: ${many(copy.copiedFiles, 'file')} of ${many(copy.copiedMessages, 'message')}, ${byteSize(copy.copiedBytes)} copied;`,
    `${many(copy.waitingFiles, 'file')} of ${many(copy.waitingMessages, 'message')}, ${byteSize(copy.waitingBytes)} waiting;`,
    listed([
      ['failures', copy.failures],
      ['conflicts', copy.conflicts],
      ['expired', copy.expired],
    ]),
  ].join(' ');

const heading = (text: string, screen: Screen): string => `${painted({ text, colour: 'bold' }, screen)}  `;

const dimLines = (lines: readonly string[], screen: Screen): string =>
  lines
    .flatMap((line) => wrapped(line, '  ', screen))
    .map((text) => `${painted({ text, colour: 'dim' }, screen)}\n`)
    .join('');
