import { quoted } from './sql-names.ts';

/** A statement to begin with. */
export interface Example {
  readonly title: string;
  readonly sql: string;
}

/** One for each kind of message. */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'Messages by type',
    sql: `select type, count(*) as messages, max(received) as latest
from messages
group by type
order by messages desc`,
  },
  {
    title: 'A counter a minute',
    sql: `select time_bucket(interval '1 minute', received) as minute, sum(estimated) as counted
from counters
where received > now() - interval '1 hour'
group by minute
order by minute`,
  },
  {
    title: 'Slowest timers',
    sql: `select name, count(*) as sent, quantile_cont(ms, 0.5) as p50, quantile_cont(ms, 0.95) as p95
from timers
where received > now() - interval '1 day'
group by name
order by p95 desc
limit 20`,
  },
  {
    title: 'Gauges, latest value',
    sql: `select name, logger, arg_max(value, received) as latest, max(received) as at
from gauges
group by name, logger
order by name`,
  },
  {
    title: 'Logs from warnings up',
    sql: `select received, logger, severity, payload
from logs
where severity <= 4
order by received desc
limit 100`,
  },
  {
    title: 'Exceptions by type',
    sql: `select error_type, logger, count(*) as times, max(received) as latest, any_value(error_value) as example
from exceptions
group by error_type, logger
order by times desc`,
  },
  {
    title: 'A key of the metadata',
    sql: `select metadata->>'$.environment' as environment, count(*) as messages
from messages
group by environment
order by messages desc`,
  },
];

/** A statement for the view of a registered type, over its own columns. */
export function exampleOf(view: string, columns: readonly string[]): Example {
  const own = columns.slice(0, 5).map(quoted).join(', ');
  return {
    title: view,
    sql: `select received, logger${own === '' ? '' : `, ${own}`}\nfrom ${quoted(view)}\norder by received desc\nlimit 100`,
  };
}
