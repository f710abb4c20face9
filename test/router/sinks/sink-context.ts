import { systemClock } from '../../../src/router/clock.ts';
import type { SinkContext } from '../../../src/router/sink.ts';

/** What a sink is given, and what it warned of. */
export function sinkContext(name: string): SinkContext & { readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  return { name, clock: systemClock, warn: (text) => void warnings.push(text), warnings };
}
