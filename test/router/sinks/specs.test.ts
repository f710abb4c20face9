import { describe, expect, it } from 'vitest';
import { resolveRouterConfig } from '../../../src/router/config.ts';

/** What the router says of a sink of the configuration; undefined if it is right. */
function problem(spec: Readonly<Record<string, unknown>>): string | undefined {
  try {
    resolveRouterConfig({ sinks: { mine: spec as never } }); // wrong on purpose
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('the configuration of a statsd sink', () => {
  it.each([
    {},
    { host: 'statsd.internal', port: 9125, protocol: 'tcp' },
    { name: '{name}' },
    { name: 'prod.{hostname}.{logger}.{name}.{metadata.region}' },
    { tags: ['country', 'user.plan'], tagForm: 'graphite', maxNames: 1, maxDatagramBytes: 65_507 },
    { batchMessages: 1_000, deadlineMs: 500 },
  ])('may be %j', (spec) => {
    expect(problem({ kind: 'statsd', ...spec })).toBe(undefined);
  });

  it.each([
    [{ port: 0 }, 'sinks.mine.port must be a whole number from 1 to 65535, got 0'],
    [{ host: '' }, 'sinks.mine.host must be a host, got ""'],
    [{ protocol: 'unix' }, 'sinks.mine.protocol must be "udp" or "tcp", got "unix"'],
    [{ name: '{logger}' }, /^sinks\.mine\.name must be letters, .* around \{name\}.*, got "\{logger\}"$/],
    [{ name: '{name}:1|c' }, /^sinks\.mine\.name must be letters/],
    [{ name: '{name}.{host}' }, /^sinks\.mine\.name must be letters/],
    [{ name: '{name}{metadata.}' }, /^sinks\.mine\.name must be letters/],
    [{ tags: 'country' }, 'sinks.mine.tags must be a list of keys of the metadata, got "country"'],
    [{ tagForm: 'influx' }, 'sinks.mine.tagForm must be "dogstatsd" or "graphite", got "influx"'],
    [{ prefix: 'x' }, /sinks\.mine\.prefix/],
  ])('may not be %j', (spec, wanted) => {
    expect(problem({ kind: 'statsd', ...spec })).toMatch(wanted);
  });
});

describe('the configuration of a file sink', () => {
  it.each([
    { path: 'a.ndjson' },
    { path: '/x/a.ndjson', maxBytes: 1, keep: 1 },
    { path: 'a', batchMessages: 1, deadlineMs: 1 },
  ])('may be %j', (spec) => {
    expect(problem({ kind: 'file', ...spec })).toBe(undefined);
  });

  it.each([
    [{}, 'sinks.mine.path must be a path, got undefined'],
    [{ path: '' }, 'sinks.mine.path must be a path, got ""'],
    [{ path: 'a', keep: 0 }, 'sinks.mine.keep must be a whole number from 1 to 1000, got 0'],
    [{ path: 'a', maxBytes: '1GB' }, /^sinks\.mine\.maxBytes must be a whole number from 1 to \d+, got "1GB"$/],
  ])('may not be %j', (spec, wanted) => {
    expect(problem({ kind: 'file', ...spec })).toMatch(wanted);
  });
});

describe('the configuration of a stdout sink', () => {
  it('has nothing beside what every sink has', () => {
    expect(problem({ kind: 'stdout', batchMessages: 10 })).toBe(undefined);
    expect(problem({ kind: 'stdout', path: 'a' })).toMatch(/sinks\.mine\.path/);
  });
});
