import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { Sink, SinkFactory } from '../sink.ts';
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

/** Opens the sinks, one after the other. Rejects if one cannot be, with the others closed again. */
export async function openSinks(
  specs: Readonly<Record<string, SinkSpec | SinkFactory>>,
  { clock, onTrouble }: OpenSinksDeps,
): Promise<Map<string, OpenedSink>> {
  const opened = new Map<string, OpenedSink>();
  try {
    for (const [name, spec] of Object.entries(specs)) {
      const warn = (text: string): void => onTrouble(`${name}: ${text}`);
      opened.set(name, { name, spec, sink: await openSink(name, spec, { clock, warn }) });
    }
  } catch (error) {
    await closeSinks(opened.values(), onTrouble);
    throw error;
  }
  return opened;
}

/** Closes sinks that nothing was written to. */
export async function closeSinks(opened: Iterable<OpenedSink>, onTrouble: (text: string) => void): Promise<void> {
  for (const { name, sink } of opened) {
    try {
      await sink.close(); // a stranger's may throw at once
    } catch (error) {
      onTrouble(`${name} does not close: ${messageOf(error)}`);
    }
  }
}
