import { isRecord } from '../../core/json.ts';
import type { Clock } from '../../core/platform.ts';
import { ConfigError } from '../errors.ts';
import type { Sink, SinkContext, SinkFactory } from '../sink.ts';
import type { SinkSpec } from './sink-spec.ts';

/** How long a function of the configuration may take to make its sink, in milliseconds: a start and every later reload wait for it. */
const OPEN_MS = 10_000;

/**
 * Makes the sink that the configuration describes; the code for a back end is loaded when the first sink needs it. Rejects with ConfigError
 * if a function of the configuration made something else, with what it threw, and if it takes longer than ten seconds.
 */
export async function openSink(
  name: string,
  spec: SinkSpec | SinkFactory,
  deps: Omit<SinkContext, 'name'>,
): Promise<Sink> {
  const context: SinkContext = { ...deps, name };
  if (typeof spec !== 'function') return createSink(spec, context);
  const made: unknown = await inTime(name, Promise.resolve(spec(context)), deps.clock);
  if (isSink(made)) return made;
  throw new ConfigError(
    'bad-option',
    `sinks.${name} must be a function that makes a sink, an object with the functions write and close; it made ${made === null ? 'null' : typeof made}`,
  );
}

/** What a stranger's function makes, if it does so in time; what it makes later is closed. */
function inTime(name: string, making: Promise<Sink>, clock: Pick<Clock, 'after'>): Promise<Sink> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const cancel = clock.after(OPEN_MS, () => {
      isLate = true;
      reject(new Error(`sinks.${name} did not make its sink within ${OPEN_MS / 1_000} s`));
    });
    making
      .then(async (made) => {
        resolve(made); // which is nothing new where it is late
        if (isLate && isSink(made)) await made.close();
      })
      .catch(reject) // nor is this
      .finally(cancel);
  });
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
