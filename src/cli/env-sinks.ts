import type { RouterConfig } from '../router/router-config.ts';
import { sentrySpecSchema } from '../router/sinks/sentry-spec.ts';
import type { Route } from '../router/routes/route.ts';
import type { SinkSpec } from '../router/sinks/sink-spec.ts';
import { UsageError } from './command.ts';
import { toWholeNumber } from './option-values.ts';
import { quoted } from './terminal-text.ts';

/** Sinks and routes that environment variables ask for, and which variables those were. */
export interface EnvSinks {
  readonly variables: readonly string[];
  readonly config: Pick<RouterConfig, 'sinks' | 'routes'>;
}

/**
 * The usual, without a file: `METLOG_STATSD=host:port` brings counters, timers and gauges to a statsd, `SENTRY_DSN` exceptions to Sentry.
 * Throws UsageError. An empty variable counts as none.
 */
export function envSinks(env: Readonly<Record<string, string | undefined>>): EnvSinks {
  const variables: string[] = [];
  const sinks: Record<string, SinkSpec> = {};
  const routes: Route[] = [];
  const { METLOG_STATSD: statsd = '', SENTRY_DSN: dsn = '' } = env;
  if (statsd !== '') {
    variables.push('METLOG_STATSD');
    sinks['statsd'] = { kind: 'statsd', ...toHostPort('METLOG_STATSD', statsd) };
    routes.push({ match: { type: ['counter', 'timer', 'gauge'] }, to: ['statsd'] });
  }
  if (dsn !== '') {
    const sentry = { kind: 'sentry', dsn } as const;
    const { error } = sentrySpecSchema.safeParse(sentry);
    if (error !== undefined) {
      throw new UsageError(`SENTRY_DSN must be ${error.issues[0]?.message ?? 'a DSN'}, got ${quoted(dsn)}`);
    }
    variables.push('SENTRY_DSN');
    sinks['sentry'] = sentry;
    routes.push({ match: { type: 'exception' }, to: ['sentry'] });
  }
  return { variables, config: variables.length === 0 ? {} : { sinks, routes } };
}

const HOST_PORT = /^(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i;

function toHostPort(from: string, text: string): { readonly host: string; readonly port: number } {
  const [, v6, name, port = ''] = HOST_PORT.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined)
    throw new UsageError(`${from} must be host:port, such as 127.0.0.1:8125, got ${quoted(text)}`);
  return { host, port: toWholeNumber({ from, text: port }, 1, 65_535, 'a port from 1 to 65535') };
}
