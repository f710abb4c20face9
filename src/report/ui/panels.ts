import type { Books, SinkBook, Summary } from './api-types.ts';
import { element, table } from './dom.ts';
import { amount, clockSeconds, count, duration } from './format.ts';

/** Rows of a list; the page is for a glance, and SQL for the rest. */
const MAX_ROWS = 12;
const NOTHING = 'none in the last hour';

/** Names and counts with bars, the longest first. */
export function barList(entries: readonly { readonly name: string; readonly count: number }[]): HTMLElement {
  const most = Math.max(...entries.map((entry) => entry.count), 1);
  const rows = entries.slice(0, MAX_ROWS).map((entry) => {
    const bar = element('span', 'fill');
    bar.style.width = `${(entry.count / most) * 100}%`;
    return element('li', '', bar, element('span', 'name', entry.name), element('span', 'value', count(entry.count)));
  });
  return orNothing(rows.length, () => element('ul', 'bars', ...rows), entries.length);
}

export function counterTable(counters: Summary['counters']): HTMLElement {
  const rows = counters.slice(0, MAX_ROWS).map((counter) => [named(counter), amount(counter.sum)]);
  return orNothing(rows.length, () => table(['counter', 'sum'], rows, 1), counters.length);
}

export function timerTable(timers: Summary['timers']): HTMLElement {
  const rows = timers
    .slice(0, MAX_ROWS)
    .map((timer) => [named(timer), count(timer.count), duration(timer.p50), duration(timer.p95), duration(timer.p99)]);
  return orNothing(rows.length, () => table(['timer', 'count', 'p50', 'p95', 'p99'], rows, 1), timers.length);
}

export function exceptionList(exceptions: Summary['exceptions']): HTMLElement {
  const rows = exceptions.map((exception) =>
    element(
      'li',
      '',
      element('span', 'when', clockSeconds(new Date(exception.timestamp))),
      element('strong', '', exception.errorType ?? 'exception'),
      element('span', 'what', exception.errorValue ?? ''),
      element('span', 'who', exception.logger),
    ),
  );
  return orNothing(rows.length, () => element('ul', 'exceptions', ...rows), exceptions.length);
}

/** What did not get through, from the router's books since it started. */
export function lossList(books: Books): HTMLElement {
  const refused = Object.entries(books.refused).map(([reason, times]) => [`refused: ${reason}`, times] as const);
  const lines = [
    ['missing on the way (senders’ own numbers; at least)', books.senders.missing],
    ['senders that ended without a word: what they sent last is unknown', books.senders.silent],
    ['datagrams dropped by the system, its receive buffer full', books.socketDrops ?? 0],
    ['could not be written to the journal', books.journalFailed],
    ['deleted before they were archived', books.archive.expired],
    ...Object.entries(books.sinks).map(([name, sink]) => [`deleted before ${name} took them`, sink.expired] as const),
    ['set aside as unreadable', books.archive.setAside],
    ['segments of the journal that could not be read', books.journal.setAside.files],
    ...refused,
  ].filter(([, times]) => Number(times) > 0);
  if (lines.length === 0) return element('p', 'quiet', 'Nothing is known to be lost, and nothing was refused.');
  return table(
    ['lost or refused', 'count'],
    lines.map(([what, times]) => [String(what), count(Number(times))]),
    1,
  );
}

/** What each sink has not taken, and why not. */
export function sinkTable(sinks: Books['sinks']): HTMLTableElement {
  const entries = Object.entries(sinks);
  const rows = entries.map(([name, sink]) => [
    element('span', 'named', name),
    element('span', stateClass(sink), sink.state),
    count(sink.waiting),
    bad(sink.deadLettered),
    bad(sink.expired),
  ]);
  const names = ['sink', 'state', 'waiting', 'dead letters', 'expired'];
  const made = table(names, rows, 2);
  // A row of its own for the trouble: a phone has no room for it in a column.
  [...made.querySelectorAll('tbody tr')].forEach((row, index) => {
    const trouble = entries[index]?.[1].trouble;
    if (trouble === undefined) return;
    const cell = element('td', '', element('span', 'trouble', trouble));
    cell.colSpan = names.length;
    row.after(element('tr', 'why', cell));
  });
  return made;
}

function stateClass({ state }: SinkBook): string {
  if (state === 'open' || state === 'hung') return 'bad';
  return state === 'resting' ? 'warn' : 'good';
}

const bad = (value: number): HTMLElement => element('span', value > 0 ? 'bad' : '', count(value));

/** Messages among what `lossList` lists, in one number. */
export function lossCount(books: Books): number {
  const refused = Object.values(books.refused).reduce((sum, times) => sum + times, 0);
  const expired = Object.values(books.sinks).reduce((sum, sink) => sum + sink.expired, books.archive.expired);
  return refused + books.senders.missing + books.journalFailed + expired + books.archive.setAside;
}

const named = ({ name, logger }: { readonly name: string; readonly logger: string }): HTMLElement =>
  element('span', 'named', name, element('span', 'who', logger));

function orNothing(shown: number, make: () => HTMLElement, total: number): HTMLElement {
  if (shown === 0) return element('p', 'quiet', NOTHING);
  return total > shown ? element('div', '', make(), element('p', 'quiet', `and ${count(total - shown)} more`)) : make();
}
