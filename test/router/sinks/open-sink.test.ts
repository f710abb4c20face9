import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/router/errors.ts';
import type { Sink, SinkContext, SinkFactory } from '../../../src/router/sink.ts';
import { openSink } from '../../../src/router/sinks/open-sink.ts';
import type { SinkSpec } from '../../../src/router/sinks/sink-spec.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';

const deps = { clock: createManualPlatform(), warn: () => undefined };

describe('openSink', () => {
  it('makes each kind of sink that a configuration can describe', async () => {
    const specs: SinkSpec[] = [
      { kind: 'file', path: join(await temporaryFolder(), 'x.ndjson') },
      { kind: 'sentry', dsn: 'http://key@127.0.0.1:9/1' },
      { kind: 'statsd', port: 9 },
      { kind: 'stdout' },
    ];
    for (const spec of specs) {
      const sink = await openSink(`my-${spec.kind}`, spec, deps);
      expect(sink.name).toBe(`my-${spec.kind}`);
      await sink.close();
    }
  });

  it('hands a function its name, clock and voice, and takes the sink that it makes, also a promised one', async () => {
    let given: SinkContext | undefined;
    const sink: Sink = { name: 'own', write: async () => ({}), close: async () => undefined };
    const factory: SinkFactory = async (context) => {
      given = context;
      return sink;
    };
    expect(await openSink('own', factory, deps)).toBe(sink);
    expect(given).toEqual({ name: 'own', clock: deps.clock, warn: deps.warn });
  });

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [() => undefined, 'function'],
    [{ write: () => undefined }, 'object'],
  ])('refuses what is no sink: %j', async (made, got) => {
    const factory = (() => made) as SinkFactory; // as JavaScript may
    await expect(openSink('own', factory, deps)).rejects.toThrow(
      new ConfigError(
        'bad-option',
        `sinks.own must be a function that makes a sink, an object with the functions write and close; it made ${got}`,
      ),
    );
  });

  it('waits ten seconds for a function, and closes what it makes later', async () => {
    const clock = createManualPlatform();
    let make: (sink: Sink) => void = () => undefined;
    let closes = 0;
    const opening = openSink('slow', () => new Promise<Sink>((resolve) => (make = resolve)), { ...deps, clock });
    const refused = expect(opening).rejects.toThrow('sinks.slow did not make its sink within 10 s');
    clock.advance(10_000);
    await refused;
    make({ name: 'slow', write: async () => ({}), close: async () => void (closes += 1) });
    await clock.settle();
    expect(closes).toBe(1);
  });

  it('fails as the function fails', async () => {
    const factory: SinkFactory = () => {
      throw new Error('no such queue');
    };
    await expect(openSink('own', factory, deps)).rejects.toThrow('no such queue');
  });
});
