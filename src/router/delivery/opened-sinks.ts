import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { Sink, SinkFactory } from '../sink.ts';
import { beforeDeadline } from './before-deadline.ts';
import { openSink } from '../sinks/open-sink.ts';
import type { SinkSpec } from '../sinks/sink-spec.ts';

/** A sink and what the configuration says of it. */
export interface OpenedSink {
  /** As the configuration has it; the sink may call itself otherwise. */
  readonly name: string;
  readonly spec: SinkSpec | SinkFactory;
  readonly sink: Sink;
}

export interface OpenSinksDeps {
  readonly clock: Clock;
  onTrouble(text: string): void;
}

/** How long a sink that nothing was written to may take to close, in milliseconds: a start and every later reload wait for it. */
const CLOSE_MS = 1_000;

/** Opens the sinks, all at once. Rejects if one cannot be, with the others closed again. */
export async function openSinks(
  specs: Readonly<Record<string, SinkSpec | SinkFactory>>,
  deps: OpenSinksDeps,
): Promise<Map<string, OpenedSink>> {
  const opening = Object.entries(specs).map(([name, spec]) => open(name, spec, deps));
  const opened: OpenedSink[] = [];
  const failures: unknown[] = [];
  for (const result of await Promise.allSettled(opening)) {
    if (result.status === 'fulfilled') opened.push(result.value);
    else failures.push(result.reason);
  }
  if (failures.length > 0) {
    await closeSinks(opened, deps);
    throw failures[0];
  }
  return new Map(opened.map((one) => [one.name, one]));
}

async function open(
  name: string,
  spec: SinkSpec | SinkFactory,
  { clock, onTrouble }: OpenSinksDeps,
): Promise<OpenedSink> {
  const warn = (text: string): void => onTrouble(`${name}: ${text}`);
  return { name, spec, sink: await openSink(name, spec, { clock, warn }) };
}

/** Closes sinks that nothing was written to. Never rejects; goes on after a second without those that have not closed by then. */
export async function closeSinks(opened: Iterable<OpenedSink>, deps: OpenSinksDeps): Promise<void> {
  await Promise.all([...opened].map((one) => close(one, deps)));
}

async function close({ name, sink }: OpenedSink, { clock, onTrouble }: OpenSinksDeps): Promise<void> {
  const tellLate = (): void => onTrouble(`${name} does not close: it has taken more than ${CLOSE_MS} ms`);
  const cancelLate = clock.after(CLOSE_MS, tellLate);
  async function closeSink(): Promise<void> {
    try {
      await sink.close(); // a stranger's may throw at once
    } catch (error) {
      onTrouble(`${name} does not close: ${messageOf(error)}`);
    } finally {
      cancelLate();
    }
  }
  await beforeDeadline(closeSink(), CLOSE_MS, clock);
}
