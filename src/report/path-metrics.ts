import { DROP_REASONS } from '../core/drop-reason.ts';
import type { PathBooks } from './books.ts';
import { byLogger } from './ledger-path.ts';
import { byLabel, counter, gauge, zeros } from './metric-family.ts';
import { sumPathCounts } from './path-counts.ts';
import type { MetricFamily, MetricSample } from './prometheus-text.ts';

/** Loggers with a series of their own. Each is kept for ever by who scrapes, and names come from outside. */
const MAX_LOGGERS = 100;
/** Stands for the rest, as in the path's book. */
const OTHER_LOGGER = '(other)';

/** The path's book as metrics, by logger where a logger can be told. */
export function pathMetrics({ senders, total, rows }: PathBooks): MetricFamily[] {
  const loggers = byLogger(rows);
  // Those that send most: a logger that is made up does not push a real one out.
  const ranked = loggers.filter(({ logger }) => logger !== OTHER_LOGGER).sort((a, b) => b.received - a.received);
  const rest = [...loggers.filter(({ logger }) => logger === OTHER_LOGGER), ...ranked.slice(MAX_LOGGERS)];
  const shown = [
    ...ranked.slice(0, MAX_LOGGERS),
    ...(rest.length === 0 ? [] : [{ logger: OTHER_LOGGER, ...sumPathCounts(rest) }]),
  ];
  const perLogger = (name: 'numbered' | 'received' | 'missing'): MetricSample[] =>
    shown.map((book) => ({ labels: { logger: book.logger }, value: book[name] }));
  const { open, closed, silent } = senders;
  return [
    gauge(
      'metlog_path_numbered_messages',
      'Numbers that senders are known to have given out, by logger, since the book began.',
      perLogger('numbered'),
    ),
    gauge(
      'metlog_path_received_messages',
      'Numbers that came, by logger, since the book began.',
      perLogger('received'),
    ),
    gauge(
      'metlog_path_missing_messages',
      'Numbers that did not come, by logger, since the book began; at least, while senders are open or ended silently.',
      perLogger('missing'),
    ),
    gauge('metlog_path_uncounted_messages', 'Numbers of which nobody can say whether they were lost.', total.uncounted),
    counter('metlog_path_duplicates_total', 'Numbers that came again.', total.duplicates),
    counter(
      'metlog_path_implausible_gaps_total',
      'Gaps of more than a million numbers, not counted as missing.',
      total.implausible,
    ),
    counter(
      'metlog_path_sender_dropped_total',
      'Messages that senders reported to have dropped themselves, by reason.',
      byLabel('reason', { ...zeros(DROP_REASONS), ...total.dropped }),
    ),
    counter('metlog_path_senders_began_total', 'Senders heard of for the first time.', total.began),
    gauge('metlog_path_senders_closed', 'Senders that reported their end, since the book began.', total.closed),
    gauge('metlog_path_senders_silent', 'Senders that ended without a report, since the book began.', total.silent),
    gauge('metlog_path_senders', 'Senders remembered, by state.', byLabel('state', { open, closed, silent })),
    counter('metlog_path_senders_evicted_total', 'Senders forgotten because there were too many.', senders.evicted),
  ];
}
