import { isRecord } from '../../core/json.ts';
import { ConfigError } from '../errors.ts';
import type { Sink, SinkContext, SinkFactory } from '../sink.ts';
import type { SinkSpec } from './sink-spec.ts';

/**
 * Makes the sink that the configuration describes; the code for a back end is loaded when the first sink needs it. Rejects with ConfigError
 * if a function of the configuration made something else, and with what it threw.
 */
export async function openSink(
  name: string,
  spec: SinkSpec | SinkFactory,
  deps: Omit<SinkContext, 'name'>,
): Promise<Sink> {
  const context: SinkContext = { ...deps, name };
  if (typeof spec !== 'function') return createSink(spec, context);
  const made: unknown = await spec(context);
  if (isSink(made)) return made;
  throw new ConfigError(
    'bad-option',
    `sinks.${name} must be a function that makes a sink, an object with the functions write and close; it made ${made === null ? 'null' : typeof made}`,
  );
}

async function createSink(spec: SinkSpec, context: SinkContext): Promise<Sink> {
  switch (spec.kind) {
    case 'sentry':
      return (await import('./sentry.ts')).createSentrySink(spec, context);
    case 'statsd':
      return (await import('./statsd.ts')).createStatsdSink(spec, context);
    case 'file':
      return (await import('./file.ts')).createFileSink(spec, context);
    case 'stdout':
      return (await import('./stdout.ts')).createStdoutSink(spec, context);
  }
}

/** What the types promise and JavaScript may not keep. */
const isSink = (made: unknown): made is Sink =>
  isRecord(made) && typeof made['write'] === 'function' && typeof made['close'] === 'function';
