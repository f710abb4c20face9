import { describe, expect, it } from 'vitest';
import { resolveRouterConfig } from '../../src/router/config.ts';
import { ConfigError } from '../../src/router/errors.ts';

describe('resolveRouterConfig', () => {
  it('fills in every default', () => {
    expect(resolveRouterConfig()).toEqual({
      dataDir: 'metlog-data',
      udp: { host: '127.0.0.1', port: 5565, recvBufferBytes: 4_194_304 },
      archive: { dir: 'metlog-data/archive', retentionDays: 30, mergeEveryMs: 10_000 },
      journal: {
        maxBytes: 10_737_418_240,
        maxSenders: 1_000_000,
        segmentMs: 1_000,
        segmentBytes: 4_194_304,
        fsync: 'second',
      },
      closeDeadlineMs: 5_000,
    });
  });

  it('keeps what is given, the archive beside the data folder too', () => {
    const config = resolveRouterConfig({
      dataDir: '/d',
      udp: { host: 'localhost', port: 0 },
      archive: { dir: '/a' },
      journal: { fsync: 'always' },
      closeDeadlineMs: 0,
    });
    expect(config.udp).toMatchObject({ host: '127.0.0.1', port: 0 });
    expect(config.archive.dir).toBe('/a');
    expect(config.journal.fsync).toBe('always');
    expect(config.closeDeadlineMs).toBe(0);
    expect(resolveRouterConfig({ udp: { host: '::1' } }).udp.host).toBe('::1');
  });

  it.each<[unknown, string]>([
    [{ udp: { port: 70_000 } }, 'udp.port must be a whole number from 0 to 65535, got 70000'],
    [{ udp: { port: '5565' } }, 'udp.port must be a whole number from 0 to 65535, got "5565"'],
    [{ udp: { port: Number.NaN } }, 'udp.port must be a whole number from 0 to 65535, got NaN'],
    [
      { udp: { host: '0.0.0.0' } },
      'udp.host must be a loopback address (127.0.0.1, localhost or ::1), as messages from other machines cannot be told from forged ones yet, got "0.0.0.0"',
    ],
    [{ udp: 5565 }, 'udp must be an object, got 5565'],
    [{ dataDir: '' }, 'dataDir must be a text that is not empty, got ""'],
    [{ dataDir: 1 }, 'dataDir must be a text that is not empty, got 1'],
    [{ journal: { fsync: 'never' } }, 'journal.fsync must be "second" or "always", got "never"'],
    [{ journal: { segmentMs: 5_000 } }, 'journal.segmentMs must be a whole number from 10 to 1000, got 5000'],
    [
      { journal: { maxBytes: 1.5 } },
      `journal.maxBytes must be a whole number from 1048576 to ${Number.MAX_SAFE_INTEGER}, got 1.5`,
    ],
    [{ archive: { retentionDays: 0 } }, 'archive.retentionDays must be a whole number from 1 to 36500, got 0'],
    [{ archive: { retention: 3 } }, 'archive.retention is no option of the router'],
    [{ sinks: {} }, 'sinks is no option of the router'],
    [null, 'the configuration must be an object, got null'],
  ])('refuses %j in one line', (config, message) => {
    // What JavaScript may hand in, whatever the types say.
    const resolve = (): unknown => resolveRouterConfig(config as Parameters<typeof resolveRouterConfig>[0]);
    expect(resolve).toThrow(new ConfigError('bad-option', message));
    expect(resolve).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});
