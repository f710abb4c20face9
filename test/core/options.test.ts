import { describe, expect, it } from 'vitest';
import { readEnvOptions } from '../../src/core/env-options.ts';
import { checkOptions, OPTION_NAMES } from '../../src/core/option-rules.ts';
import { ConfigError, OPTION_DEFAULTS, resolveOptions, type MetlogOptions } from '../../src/core/options.ts';
import { REDACTED_KEYS } from '../../src/core/redact.ts';
import { createSign } from '../../src/core/sign.ts';
import { createManualPlatform, createTestMetlog } from '../../src/testing/index.ts';

const DEST = 'udp://127.0.0.1:5565';
const SECRET_FORM =
  'a text <key id>:<secret>, the id of 1 to 64 letters, digits, _, - and ., the secret of at least 16 characters';
function resolve(given: unknown, env: MetlogOptions = {}) {
  checkOptions(given as MetlogOptions);
  return resolveOptions(given as MetlogOptions, env, DEST);
}

describe('resolveOptions', () => {
  it('fills in the defaults', () => {
    expect(resolve({})).toEqual({
      ...OPTION_DEFAULTS,
      dest: DEST,
      metadata: {},
      flavors: {},
      timers: {},
      filters: [],
      maxDatagramBytes: undefined,
      redact: REDACTED_KEYS,
      capture: [],
      secret: undefined,
      onError: undefined,
    });
  });

  it('takes what is given over the environment, and that over the defaults; 0 and false count as given', () => {
    const env: MetlogOptions = { logger: 'env', rate: 0.5, flushMs: 50, enabled: true, metadata: { from: 'env' } };
    expect(
      resolve({ logger: 'given', rate: 0, flushMs: 0, enabled: false, metadata: { from: 'given' } }, env),
    ).toMatchObject({
      logger: 'given',
      rate: 0,
      flushMs: 0,
      enabled: false,
      metadata: { from: 'given' },
    });
    expect(resolve({ logger: undefined }, env)).toMatchObject({ logger: 'env', rate: 0.5, metadata: { from: 'env' } });
  });

  it('puts release and environment into the metadata, below what is stated there', () => {
    expect(resolve({ release: '1.2', environment: 'test', metadata: { environment: 'mine' } }).metadata).toEqual({
      release: '1.2',
      environment: 'mine',
    });
  });

  it('lets the rates of timers from the environment win, pattern by pattern', () => {
    expect(resolve({ timers: { a: 1, b: 1 } }, { timers: { b: 0 } }).timers).toEqual({ a: 1, b: 0 });
  });

  const wrong: [option: keyof MetlogOptions, value: unknown, message: string][] = [
    ['logger', '', 'logger must be a text of 1 to 256 characters, got ""'],
    ['logger', 5, 'logger must be a text of 1 to 256 characters, got 5'],
    ['dest', 5565, 'dest must be an address or { udp, http }, got 5565'],
    ['dest', { udp: 1 }, 'dest must be an address or { udp, http }, got an object of udp: 1'],
    ['release', 2, 'release must be a text, got 2'],
    ['environment', true, 'environment must be a text, got true'],
    ['metadata', 'x', 'metadata must be an object, got "x"'],
    ['metadata', [1], 'metadata must be an object, got a list of 0: 1'],
    ['flavors', { a: 1 }, 'flavors must be an object of objects, got an object of a: 1'],
    ['timers', { auth: 2 }, 'timers must be an object of rates from 0 to 1, got an object of auth: 2'],
    ['timers', { auth: '1' }, 'timers must be an object of rates from 0 to 1, got an object of auth: "1"'],
    ['filters', [1], 'filters must be a list of functions, got a list of 0: 1'],
    ['filters', () => null, 'filters must be a list of functions, got a function'],
    ['rate', 1.1, 'rate must be a number from 0 to 1, got 1.1'],
    ['rate', Number.NaN, 'rate must be a number from 0 to 1, got NaN'],
    ['rate', null, 'rate must be a number from 0 to 1, got null'],
    ['maxQueueBytes', 100, 'maxQueueBytes must be a number of bytes from 1024, got 100'],
    ['flushMs', -1, 'flushMs must be a number of milliseconds from 0 to 60000, got -1'],
    ['maxDatagramBytes', 70_000, 'maxDatagramBytes must be a number of bytes from 512 to 65507, got 70000'],
    ['aggregate', 1, 'aggregate must be true or false, got 1'],
    ['redact', 'password', 'redact must be a list of words, got "password"'],
    ['capture', { start: 1 }, 'capture must be a list of captures, got an object of start: 1'],
    ['capture', [() => undefined], 'capture must be a list of captures, got a list of 0: a function'],
    ['secret', 'shop:short', `secret must be ${SECRET_FORM}, got something else`],
    ['secret', ':0123456789abcdef', `secret must be ${SECRET_FORM}, got something else`],
    ['secret', 'a b:0123456789abcdef', `secret must be ${SECRET_FORM}, got something else`],
    ['secret', '0123456789abcdef', `secret must be ${SECRET_FORM}, got something else`],
    ['secret', 5, `secret must be ${SECRET_FORM}, got something else`],
    ['keep', 1, 'keep must be true or false, got 1'],
    ['gpc', 'yes', 'gpc must be true or false, got "yes"'],
    ['sessionRate', 2, 'sessionRate must be a number from 0 to 1, got 2'],
    ['enabled', 'yes', 'enabled must be true or false, got "yes"'],
    ['strict', 0, 'strict must be true or false, got 0'],
    ['onError', 'log', 'onError must be a function, got "log"'],
    ['debug', {}, 'debug must be true or false, got an object of nothing'],
  ];

  it.each(wrong)('refuses a wrong %s: %j', (option, value, message) => {
    let thrown: unknown;
    try {
      resolve({ [option]: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ name: 'ConfigError', code: 'bad-option', message });
    expect(message).not.toContain('\n');
  });

  it('has a wrong value tried for every option', () => {
    expect([...new Set(wrong.map(([option]) => option))].sort()).toEqual([...OPTION_NAMES].sort());
  });

  it('reads key id and secret, given or from the environment', () => {
    const signer = (given: MetlogOptions, env?: MetlogOptions) =>
      createSign(resolve(given, env).secret, createManualPlatform())?.keyId;
    expect(signer({ secret: 'shop.v-2_a:colons: allowed:' })).toBe('shop.v-2_a');
    expect(signer({}, { secret: 'env:0123456789abcdef' })).toBe('env');
    expect(signer({})).toBeUndefined();
  });

  it('refuses a secret where nothing can be signed', () => {
    expect(() => createSign(resolve({ secret: 'page:0123456789abcdef' }).secret, {})).toThrow(ConfigError);
  });

  it.each([null, 'udp://127.0.0.1', 5, []])('refuses %j for the options', (given) => {
    expect(() => resolve(given)).toThrow(/^options must be an object, got /);
  });

  it('names an option that there is not, and those that there are', () => {
    expect(() => resolve({ sampleRate: 1 })).toThrow(/^sampleRate is not an option; the options are logger, dest, /);
    expect(() => resolve({ toString: 1 })).toThrow(/^toString is not an option/);
  });

  it('refuses metadata that no message could carry', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(() => createTestMetlog({ metadata: cyclic })).toThrow(ConfigError);
    expect(() => createTestMetlog({ metadata: cyclic })).toThrow(
      'metadata must be what JSON can hold: TypeError: it contains itself',
    );
  });
});

describe('readEnvOptions', () => {
  const read = (env: Record<string, string>) => {
    const told: string[] = [];
    return { options: readEnvOptions(env, (message) => told.push(message)), told };
  };

  it.each<[variable: string, text: string, options: MetlogOptions]>([
    ['METLOG_LOGGER', 'shop', { logger: 'shop' }],
    ['METLOG_DEST', 'udp://metlog.internal:5565', { dest: 'udp://metlog.internal:5565' }],
    ['METLOG_RELEASE', '1.2.3', { release: '1.2.3' }],
    ['METLOG_ENVIRONMENT', 'production', { environment: 'production' }],
    ['METLOG_METADATA', '{"region":"eu"}', { metadata: { region: 'eu' } }],
    ['METLOG_TIMERS', 'auth.*=0.1, debug.*=0,', { timers: { 'auth.*': 0.1, 'debug.*': 0 } }],
    ['METLOG_TIMERS', 'a=b=0.5', { timers: { 'a=b': 0.5 } }],
    ['METLOG_TIMERS', ' {"auth.*":1}', { timers: { 'auth.*': 1 } }],
    ['METLOG_RATE', '0.25', { rate: 0.25 }],
    ['METLOG_MAX_QUEUE_BYTES', '100000', { maxQueueBytes: 100_000 }],
    ['METLOG_FLUSH_MS', '0', { flushMs: 0 }],
    ['METLOG_MAX_DATAGRAM_BYTES', '9000', { maxDatagramBytes: 9_000 }],
    ['METLOG_AGGREGATE', 'true', { aggregate: true }],
    ['METLOG_SECRET', 'shop:0123456789abcdef', { secret: 'shop:0123456789abcdef' }],
    ['METLOG_ENABLED', 'off', { enabled: false }],
    ['METLOG_ENABLED', '0', { enabled: false }],
    ['METLOG_STRICT', 'YES', { strict: true }],
    ['METLOG_DEBUG', '1', { debug: true }],
  ])('reads %s=%s', (variable, text, options) => {
    expect(read({ [variable]: text })).toEqual({ options, told: [] });
  });

  it.each([
    ['METLOG_LOGGER', 'x'.repeat(300)],
    ['METLOG_METADATA', 'region=eu'],
    ['METLOG_METADATA', '[1]'],
    ['METLOG_TIMERS', 'auth'],
    ['METLOG_TIMERS', 'auth='],
    ['METLOG_TIMERS', '=1'],
    ['METLOG_TIMERS', 'auth=2'],
    ['METLOG_TIMERS', '{"auth":2}'],
    ['METLOG_RATE', 'half'],
    ['METLOG_RATE', '2'],
    ['METLOG_FLUSH_MS', '1s'],
    ['METLOG_AGGREGATE', 'maybe'],
  ])('tells of %s=%s and goes on without it', (variable, text) => {
    const { options, told } = read({ [variable]: text });
    expect(options).toEqual({});
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`${variable} has a value that cannot be used and is ignored: `);
  });

  it('tells of a wrong METLOG_SECRET without showing it', () => {
    const { options, told } = read({ METLOG_SECRET: 'shop:hush' });
    expect(options).toEqual({});
    expect(told).toEqual(['METLOG_SECRET has a value that cannot be used and is ignored: it is no <key id>:<secret>']);
  });

  it('takes a variable that is empty or blank for one that is not set', () => {
    expect(read({ METLOG_RATE: '', METLOG_FLUSH_MS: ' ', METLOG_DEST: '' })).toEqual({ options: {}, told: [] });
  });
});
