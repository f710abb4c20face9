import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { resolveRouterConfig } from '../../src/router/config.ts';
import { defineConfig } from '../../src/router/define-config.ts';
import { ConfigError } from '../../src/router/errors.ts';

const MATCH = 'an object of conditions on type, logger, severity, key, via or metadata.<name>';
const SECRET = 'a secret of 24 characters';
const FILE = { kind: 'file', path: 'other.ndjson' };
const KEYS = 'an object of 1 to 100 keys, or a JSON Schema of one';

/** What JavaScript may hand in, whatever the types say. */
const resolve = (config: unknown): ReturnType<typeof resolveRouterConfig> =>
  resolveRouterConfig(config as Parameters<typeof resolveRouterConfig>[0]);

describe('resolveRouterConfig', () => {
  it('fills in every default', () => {
    expect(resolveRouterConfig()).toEqual({
      dataDir: 'metlog-data',
      udp: { host: '127.0.0.1', port: 5565, recvBufferBytes: 4_194_304 },
      archive: {
        dir: 'metlog-data/archive',
        retentionDays: 30,
        mergeEveryMs: 10_000,
        promoteAfterMs: 900_000,
        only: undefined,
        except: [],
        isExceptRouted: false,
        remote: undefined,
      },
      journal: {
        maxBytes: 10_737_418_240,
        maxSenders: 1_000_000,
        segmentMs: 1_000,
        segmentBytes: 4_194_304,
        fsync: 'second',
      },
      signatures: { keys: {}, allowUnsigned: false },
      types: new Map(),
      sinks: {},
      routes: [],
      routeTests: [],
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

  it('takes sinks, routes with every kind of condition, and their tests', () => {
    const make = (): never => {
      throw new Error('called by a check');
    };
    const given = defineConfig({
      sinks: {
        statsd: { kind: 'statsd', host: '127.0.0.1', port: 8125 },
        sentry: { kind: 'sentry', dsn: 'http://key@127.0.0.1:9000/1' },
        'file.1': { kind: 'file', path: 'other.ndjson', batchMessages: 10, deadlineMs: 100 },
        out: { kind: 'stdout' },
        own: make,
      },
      routes: [
        { match: { type: ['counter', 'timer', 'g*'], via: 'udp' }, to: ['statsd'] },
        { match: { type: 'exception', severity: { max: 3 }, key: { not: ['a', 'b*'] } }, to: ['sentry', 'own'] },
        { match: { severity: [1, 2], 'metadata.http.status': { min: 500, max: 599 } }, to: ['out'] },
        { match: { 'metadata.a b': [null, 1, true, 'x*'], via: { not: 'http' }, logger: '*' }, to: ['out'] },
        { match: {}, to: ['out'] },
        { otherwise: true, to: ['file.1'] },
      ],
      routeTests: [{ name: 'all', message: { type: 'counter', metadata: { name: 'a' } }, to: ['statsd', 'out'] }],
    });
    const { sinks, routes, routeTests } = resolveRouterConfig(given);
    expect({ sinks, routes, routeTests }).toEqual(given);
    expect(sinks['own']).toBe(make);
  });

  it('keeps the archive here as well where its folder is a store elsewhere', () => {
    const { archive } = resolveRouterConfig({
      dataDir: '/d',
      archive: { dir: 'hdfs://nn1,nn2:50070/metlog//archive/', name: 'Shop', hdfs: { user: 'metlog' } },
    });
    expect(archive).toMatchObject({ dir: '/d/archive', promoteAfterMs: 3_600_000 });
    expect(archive.remote).toEqual({
      url: 'hdfs://nn1:9870,nn2:50070/metlog/archive',
      identity: 'hdfs://nn1:9870,nn2:50070/metlog/archive',
      name: 'Shop',
      keptDays: Infinity,
      maxWaitingBytes: 10_737_418_240,
      options: { hdfs: { user: 'metlog' } },
    });
    const byTls = resolveRouterConfig({ archive: { dir: 'hdfs://nn1/metlog', hdfs: { tls: true } } }).archive;
    expect(byTls.remote?.url).toBe('hdfs://nn1:9871/metlog');
    const { remote } = resolveRouterConfig({ archive: { dir: 's3://bucket', remoteRetentionDays: 400 } }).archive;
    expect(remote).toMatchObject({ url: 's3://bucket', name: hostname(), keptDays: 400, options: {} });
  });

  it('tells a bucket of one endpoint from that of another', () => {
    const remoteAt = (endpoint: string) =>
      resolveRouterConfig({ archive: { dir: 's3://bucket', s3: { endpoint } } }).archive.remote;
    expect(remoteAt('http://one:9000')).toMatchObject({ url: 's3://bucket', identity: 's3://one:9000/bucket' });
    expect(remoteAt('http://two:9000')?.identity).toBe('s3://two:9000/bucket');
  });

  it('takes what routes match as what the archive leaves out, but not what is left to otherwise', () => {
    const { archive } = resolveRouterConfig({
      archive: { except: 'routed' },
      sinks: { a: { kind: 'stdout' } },
      routes: [
        { match: { type: 'counter' }, to: ['a'] },
        { otherwise: true, to: ['a'] },
        { match: { severity: 3 }, to: ['a'] },
      ],
    });
    expect(archive).toMatchObject({ except: [{ type: 'counter' }, { severity: 3 }], isExceptRouted: true });
  });

  it('makes a list of what the archive leaves out', () => {
    const one = { type: 'counter', 'metadata.http.status': { max: 399 } };
    expect(resolveRouterConfig({ archive: { except: one } }).archive.except).toEqual([one]);
    expect(resolveRouterConfig({ archive: { except: [one, { severity: 7 }] } }).archive.except).toHaveLength(2);
  });

  it('takes the keys of types by kind and as a JSON Schema', () => {
    const { types } = resolveRouterConfig({
      types: {
        'order.placed': { total: 'number', at: 'date-time', type: 'string' },
        'page.left': { type: 'object', properties: { ms: { type: 'integer' }, why: { anyOf: [{ type: 'string' }] } } },
      },
    });
    expect([...types].map(([type, columns]) => [type, Object.fromEntries(columns)])).toEqual([
      ['order.placed', { total: 'number', at: 'date-time', type: 'string' }],
      ['page.left', { ms: 'integer', why: 'string' }],
    ]);
  });

  it('lets other machines send where signatures tell them apart, or where that was said', () => {
    const keys = { shop: { secret: SECRET } };
    expect(resolveRouterConfig({ udp: { host: '0.0.0.0' }, keys })).toMatchObject({
      udp: { host: '0.0.0.0' },
      signatures: { keys, allowUnsigned: false },
    });
    expect(resolveRouterConfig({ udp: { host: '::' }, allowUnsigned: true }).signatures.allowUnsigned).toBe(true);
  });

  it('takes keys for pages, which have no secret, and what else concerns pages', () => {
    const keys = {
      page: { loggers: ['shop'], types: ['*'], origins: ['https://shop.example'], ratePerSecond: 10, burst: 20 },
    };
    const config = resolveRouterConfig({ keys, origins: ['http://localhost:*', 'null', '*'], trustProxy: 1 });
    expect(config.signatures.keys).toEqual(keys);
  });

  const ROUTE = 'a route: either { match: { … }, to: [ … ] } or { otherwise: true, to: [ … ] }';
  const TEXTS = 'a text that is not empty, in which * stands for any text, a list of such texts, or { not: … }';
  const SEVERITY = 'a whole number from 0 to 7, a list of them, { min, max } with one of both at least, or { not: … }';
  const VALUE = 'a value, a list of values, { min, max } with numbers, or { not: … }';
  const LOCAL =
    'a loopback address (127.0.0.1, localhost or ::1) without `keys` that have a secret or `allowUnsigned: true`, as messages from other machines could be forged';
  const route = (match: unknown): unknown => ({ sinks: { other: FILE }, routes: [{ match, to: ['other'] }] });
  const nested: { not?: unknown } = {};
  nested.not = nested;

  it.each<[unknown, string]>([
    [{ udp: { port: 70_000 } }, 'udp.port must be a whole number from 0 to 65535, got 70000'],
    [{ udp: { port: '5565' } }, 'udp.port must be a whole number from 0 to 65535, got "5565"'],
    [{ udp: { port: Number.NaN } }, 'udp.port must be a whole number from 0 to 65535, got NaN'],
    [{ udp: { host: '0.0.0.0' } }, `udp.host must be ${LOCAL}, got "0.0.0.0"`],
    [{ udp: { host: '0.0.0.0' }, keys: {} }, `udp.host must be ${LOCAL}, got "0.0.0.0"`],
    [{ udp: { host: '0.0.0.0' }, keys: { page: {} } }, `udp.host must be ${LOCAL}, got "0.0.0.0"`],
    [{ udp: { host: '10.0.0.1' }, allowUnsigned: false }, `udp.host must be ${LOCAL}, got "10.0.0.1"`],
    [
      { udp: { host: 'metlog.example' }, allowUnsigned: true },
      'udp.host must be an IP address or localhost, got "metlog.example"',
    ],
    [{ udp: 5565 }, 'udp must be an object, got 5565'],
    [{ dataDir: '' }, 'dataDir must be a text that is not empty, got ""'],
    [{ dataDir: 1 }, 'dataDir must be a text that is not empty, got 1'],
    [
      { journal: { segmentBytes: 16_777_217 } },
      'journal.segmentBytes must be a whole number from 1 to 16777216, got 16777217',
    ],
    [{ dataDir: 'hdfs://nn/metlog' }, 'dataDir must be a folder of this machine, got "hdfs://nn/metlog"'],
    [{ journal: { fsync: 'never' } }, 'journal.fsync must be "second" or "always", got "never"'],
    [{ journal: { segmentMs: 5_000 } }, 'journal.segmentMs must be a whole number from 10 to 1000, got 5000'],
    [
      { journal: { maxBytes: 1.5 } },
      `journal.maxBytes must be a whole number from 1048576 to ${Number.MAX_SAFE_INTEGER}, got 1.5`,
    ],
    [{ archive: { retentionDays: 0 } }, 'archive.retentionDays must be a whole number from 1 to 36500, got 0'],
    [{ archive: { retention: 3 } }, 'archive.retention is no option of the router'],
    [{ sink: {} }, 'sink is no option of the router'],
    [{ allowUnsigned: 'yes' }, 'allowUnsigned must be true or false, got "yes"'],
    [null, 'the configuration must be an object, got null'],
    [() => ({}), 'the configuration must be an object, got a function'],
    [{ sinks: { a: FILE, A: { ...FILE, path: 'a' } } }, 'sinks.A must be named otherwise: there is a, got an object'],
    [
      { sinks: { a: { ...FILE, path: 'x/../a' }, b: { ...FILE, path: './a' } } },
      'sinks.b.path must be another file than that of sinks.a, got "./a"',
    ],
    [
      { sinks: { a: { ...FILE, path: 'log' }, b: { ...FILE, path: 'x/../log.5' } } },
      'sinks.b.path must be another file than one of those that sinks.a keeps, log.5, got "x/../log.5"',
    ],
    [
      { sinks: { a: { ...FILE, path: 'log.12' }, b: { ...FILE, path: './log', keep: 12 } } },
      'sinks.a.path must be another file than one of those that sinks.b keeps, ./log.12, got "log.12"',
    ],
    // sinks
    [{ sinks: [] }, 'sinks must be an object of sinks by name, got an array'],
    [
      { sinks: { x: { kind: 'graphite' } } },
      'sinks.x must be an object whose kind is one of file, sentry, statsd, stdout, or a function that makes a sink, got kind "graphite"',
    ],
    [
      { sinks: { x: {} } },
      'sinks.x must be an object whose kind is one of file, sentry, statsd, stdout, or a function that makes a sink, got an object',
    ],
    [{ sinks: { x: { kind: 'statsd', port: 0 } } }, 'sinks.x.port must be a whole number from 1 to 65535, got 0'],
    [
      { sinks: { x: { kind: 'statsd', prot: 1 } } },
      'sinks.x.prot is no option of a statsd sink; its options are kind, host, port, protocol, name, tags, tagForm, maxNames, maxDatagramBytes, batchMessages, deadlineMs',
    ],
    [
      { sinks: { x: { kind: 'stdout', path: 'x' } } },
      'sinks.x.path is no option of a stdout sink; its options are kind, batchMessages, deadlineMs',
    ],
    [{ sinks: { x: { kind: 'file' } } }, 'sinks.x.path must be a path, got undefined'],
    [
      { sinks: { '../x': FILE } },
      'sinks.../x must be named by 1 to 64 letters, digits, _, - and ., not the last two at its beginning, got an object',
    ],
    [
      { sinks: JSON.parse('{"__proto__":{"kind":"stdout"}}') as unknown },
      'sinks.__proto__ must be named otherwise, got an object',
    ],
    [{ keys: JSON.parse('{"__proto__":{}}') as unknown }, 'keys.__proto__ must be named otherwise, got an object'],
    [
      { sinks: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`s${index}`, FILE])) },
      'sinks must be an object of at most 64 sinks, got an object',
    ],
    // keys
    [
      { keys: { shop: { secret: 'hunter2' } } },
      'keys.shop.secret must be a text of at least 16 characters, got a text',
    ],
    [
      { keys: { shop: { secret: 1234567 } } },
      'keys.shop.secret must be a text of at least 16 characters, got a number',
    ],
    [
      { keys: { shop: { secret: '' } } },
      'keys.shop.secret must be a text of at least 16 characters, got an empty text',
    ],
    [
      { keys: { shop: { secret: SECRET, origins: ['https://shop.example'] } } },
      'keys.shop.origins must be left out beside a secret: pages use keys without one, got an array',
    ],
    [
      { keys: { shop: { ratePerSecond: 0 } } },
      'keys.shop.ratePerSecond must be a whole number from 1 to 1000000, got a number',
    ],
    [
      { keys: { shop: { origins: ['https://shop.example/'] } } },
      'keys.shop.origins.0 must be an origin such as https://shop.example, http://localhost:* for any port, null, or * for all, got a text',
    ],
    // pages
    [
      { origins: ['shop.example'] },
      'origins.0 must be an origin such as https://shop.example, http://localhost:* for any port, null, or * for all, got "shop.example"',
    ],
    [
      { hosts: ['metlog.example.com', 'https://metlog.example.com'] },
      'hosts.1 must be a host name such as metlog.example.com, without a port, got "https://metlog.example.com"',
    ],
    [
      { hosts: ['*.example.com'] },
      'hosts.0 must be a host name such as metlog.example.com, without a port, got "*.example.com"',
    ],
    [{ hosts: 'metlog.example.com' }, 'hosts must be a list of host names, got "metlog.example.com"'],
    [{ origins: 'https://shop.example' }, 'origins must be a list of origins, got "https://shop.example"'],
    [{ limits: { maxBodyBytes: 0 } }, 'limits.maxBodyBytes must be a whole number from 1 to 2097152, got 0'],
    [{ limits: { rate: 1 } }, 'limits.rate is no option of the router'],
    [
      { addAddress: 'all' },
      'addAddress must be true for a truncated address, "full" for all of it, or false, got "all"',
    ],
    [{ trustProxy: true }, 'trustProxy must be a whole number from 0 to 16, got true'],
    [{ keys: { shop: 1234567 } }, 'keys.shop must be an object, got a number'],
    // routes
    [{ routes: {} }, 'routes must be a list of routes, got an object'],
    [{ routes: ['x'] }, `routes.0 must be ${ROUTE}, got "x"`],
    [{ routes: [{ to: ['x'] }] }, `routes.0 must be ${ROUTE}, got an object`],
    [{ routes: [{ otherwise: true, match: {}, to: ['x'] }] }, `routes.0 must be ${ROUTE}, got an object`],
    [{ routes: [{ otherwise: 1, to: ['x'] }] }, 'routes.0.otherwise must be true, got 1'],
    [{ routes: [{ match: {} }] }, 'routes.0.to must be a list of sinks, got undefined'],
    [{ routes: [{ match: {}, to: 'x' }] }, 'routes.0.to must be a list of sinks, got "x"'],
    [{ routes: [{ match: {}, to: [] }] }, 'routes.0.to must be a list of at least one sink, got an array'],
    [{ routes: [{ match: {}, to: ['x'], too: 1 }] }, 'routes.0.too is no option of the router'],
    [
      { routes: [{ match: {}, to: ['x'] }] },
      'routes.0.to.0 must be the name of a sink, of which there are none, got "x"',
    ],
    [
      { sinks: { a: FILE, b: { ...FILE, path: 'b.ndjson' } }, routes: [{ otherwise: true, to: ['a', 'c'] }] },
      'routes.0.to.1 must be the name of a sink (a, b), got "c"',
    ],
    [
      { sinks: { a: FILE }, routes: [{ match: {}, to: ['toString'] }] },
      'routes.0.to.0 must be the name of a sink (a), got "toString"',
    ],
    [
      route([]),
      'routes.0.match must be an object of conditions on type, logger, severity, key, via or metadata.<name>, got an array',
    ],
    [
      route({ typ: 'x' }),
      'routes.0.match.typ is no key of a match; the keys are type, logger, severity, key, via and metadata.<name>',
    ],
    [
      route({ 'metadata.': 1 }),
      'routes.0.match.metadata. is no key of a match; the keys are type, logger, severity, key, via and metadata.<name>',
    ],
    [route({ type: '' }), `routes.0.match.type must be ${TEXTS}, got ""`],
    [route({ type: 5 }), `routes.0.match.type must be ${TEXTS}, got 5`],
    [route({ type: undefined }), `routes.0.match.type must be ${TEXTS}, got undefined`],
    [route({ type: [] }), `routes.0.match.type must be ${TEXTS}, got an array`],
    [route({ type: ['a', 5] }), `routes.0.match.type must be ${TEXTS}, got an array`],
    [route({ type: /a/ }), `routes.0.match.type must be ${TEXTS}, got an object`],
    [route({ type: { min: 1 } }), `routes.0.match.type must be ${TEXTS}, got an object`],
    [route({ type: { not: { min: 1 } } }), `routes.0.match.type must be ${TEXTS}, got an object`],
    [route({ type: { no: 'a' } }), `routes.0.match.type must be ${TEXTS}, got an object`],
    [route({ type: 'x'.repeat(2_000) }), `routes.0.match.type must be ${TEXTS}, got "${'x'.repeat(100)}"`],
    [route({ key: nested }), `routes.0.match.key must be ${TEXTS}, got an object`],
    [route({ severity: 'error' }), `routes.0.match.severity must be ${SEVERITY}, got "error"`],
    [route({ severity: 8 }), `routes.0.match.severity must be ${SEVERITY}, got 8`],
    [route({ severity: {} }), `routes.0.match.severity must be ${SEVERITY}, got an object`],
    [route({ severity: { min: 4, max: 3 } }), `routes.0.match.severity must be ${SEVERITY}, got an object`],
    [route({ severity: { min: Number.NaN } }), `routes.0.match.severity must be ${SEVERITY}, got an object`],
    [route({ via: 'tcp' }), 'routes.0.match.via must be "udp", "http", a list of them, or { not: … }, got "tcp"'],
    [route({ 'metadata.a': { b: 1 } }), `routes.0.match.metadata.a must be ${VALUE}, got an object`],
    [route({ 'metadata.a.b': { max: '5' } }), `routes.0.match.metadata.a.b must be ${VALUE}, got an object`],
    [route({ 'metadata.a': Number.NaN }), `routes.0.match.metadata.a must be ${VALUE}, got NaN`],
    // route tests
    [
      { routeTests: [{ message: { type: 'x' }, to: ['a'] }] },
      'routeTests.0.to.0 must be the name of a sink, of which there are none, got "a"',
    ],
    [{ routeTests: [{ message: {}, to: [] }] }, 'routeTests.0.message must be a message (bad-type), got an object'],
    [
      { routeTests: [{ message: { type: 'x', severity: 9 }, to: [] }] },
      'routeTests.0.message must be a message (bad-severity), got an object',
    ],
    [
      { routeTests: [{ message: 'x', to: [] }] },
      'routeTests.0.message must be an object: a message with at least a type, got "x"',
    ],
    // where the archive is
    [
      { archive: { dir: 'hdfs://nn1' } },
      'archive.dir names no path, and the root of HDFS is not taken, wanted: hdfs://host[:port][,host[:port]]/path, got "hdfs://nn1"',
    ],
    [
      { archive: { dir: 's3://KEY:SECRET@bucket/x' } },
      'archive.dir must have no user and password in it, got "s3://…@bucket/x"',
    ],
    [
      { archive: { dir: 'hdfs://nn1/x?delegation=SECRET' } },
      'archive.dir must have no ? and # in it, got "hdfs://nn1/x?…"',
    ],
    [
      { archive: { dir: 'hdfs:/metlog' } },
      'archive.dir must begin with hdfs:// or s3://, or be a folder, got "hdfs:/metlog"',
    ],
    [
      { archive: { dir: 'https://nn1/x' } },
      'archive.dir must begin with hdfs:// or s3://, or be a folder, got "https://nn1/x"',
    ],
    [{ archive: { name: '' } }, 'archive.name must be a text of 1 to 255 characters, got ""'],
    [
      { archive: { promoteAfterMs: 86_400_001 } },
      'archive.promoteAfterMs must be a whole number from 10 to 86400000, got 86400001',
    ],
    [
      { archive: { remoteRetentionDays: 0 } },
      'archive.remoteRetentionDays must be a whole number from 1 to 36500, got 0',
    ],
    [{ archive: { hdfs: 'SECRET' } }, 'archive.hdfs must be an object, got a text'],
    [
      { archive: { hdfs: { delegationToken: 7 } } },
      'archive.hdfs.delegationToken must be a delegation token, got a number',
    ],
    [{ archive: { hdfs: { token: 'SECRET' } } }, 'archive.hdfs.token is no option of the router'],
    [
      { archive: { s3: { endpoint: 'https://KEY:SECRET@s3.example' } } },
      'archive.s3.endpoint must be an http: or https: URL without user and password, got a text',
    ],
    [
      { archive: { s3: { secretAccessKey: 'SECRET' } } },
      'archive.s3.accessKeyId is missing, and secretAccessKey is nothing without it',
    ],
    [
      { archive: { s3: { accessKeyId: 'KEY' } } },
      'archive.s3.secretAccessKey is missing, and accessKeyId is nothing without it',
    ],
    // what the archive takes
    [{ archive: { only: {} } }, 'archive.only must be an object with at least one condition, got an object'],
    [{ archive: { only: 'routed' } }, `archive.only must be ${MATCH}, got "routed"`],
    [{ archive: { except: 'all' } }, 'archive.except must be a match, a list of matches, or "routed", got "all"'],
    [
      {
        archive: { except: 'routed' },
        sinks: { other: FILE },
        routes: [
          { otherwise: true, to: ['other'] },
          { match: {}, to: ['other'] },
        ],
      },
      'routes.1.match must be an object with at least one condition, as archive.except is "routed", got an object',
    ],
    [
      {
        archive: { except: 'routed' },
        sinks: { other: FILE },
        routes: [{ match: { 'metadata.a*': 1 }, to: ['other'] }],
      },
      'routes.0.match.metadata.a* must be a condition on a key without *, control characters and empty parts between dots, as archive.except is "routed", got 1',
    ],
    // the archive's exceptions
    [{ archive: { except: {} } }, 'archive.except must be an object with at least one condition, got an object'],
    [{ archive: { except: [] } }, 'archive.except must be a match, or a list of at least one, got an array'],
    [{ archive: { except: [{}] } }, 'archive.except.0 must be an object with at least one condition, got an object'],
    [
      { archive: { except: { typ: ['x'] } } },
      'archive.except.typ is no key of a match; the keys are type, logger, severity, key, via and metadata.<name>',
    ],
    [{ archive: { except: { type: 1 } } }, `archive.except.type must be ${TEXTS}, got 1`],
    [
      { archive: { except: { 'metadata.a*': 1 } } },
      'archive.except.metadata.a* must be a condition on a key without *, control characters and empty parts between dots, got 1',
    ],
    [
      { archive: { except: { 'metadata.a..b': 1 } } },
      'archive.except.metadata.a..b must be a condition on a key without *, control characters and empty parts between dots, got 1',
    ],
    [
      { archive: { except: { type: 'a\0' } } },
      'archive.except.type must be a condition without NUL characters, got "a\\u0000"',
    ],
    [{ types: [] }, 'types must be an object of types by name, got an array'],
    [{ types: { a: 'number' } }, `types.a must be ${KEYS}, got "number"`],
    [{ types: { a: {} } }, `types.a must be ${KEYS}, got an object`],
    [
      { types: { 'order.placed': { total: 'numbr' } } },
      'types.order.placed.total must be one of number, integer, boolean, string, date-time, date, json, got "numbr"',
    ],
    [
      { types: { a: { 'b\n': 'number' } } },
      'types.a.b\n must be named by 1 to 128 characters, none of them a control character, got "number"',
    ],
    [
      { types: { a: { type: 'object', properties: {} } } },
      `types.a must be ${KEYS}, each named by 1 to 128 characters, none of them a control character, got a JSON Schema of no keys`,
    ],
    [
      { types: { counter: { k: 'number' } } },
      "types.counter must be named otherwise: the view of its name is not one of messages, counters, timers, gauges, logs, exceptions or the database's own, and has a letter or digit, got an object",
    ],
    [
      { types: { 'a.b': { k: 'number' }, 'a-b': { k: 'number' } } },
      'types.a-b must be named otherwise: the view a_b is that of a.b, got an object',
    ],
    [
      { types: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`t${i}`, { k: 'number' }])) },
      'types must be an object of at most 200 types, got an object',
    ],
    [
      { types: JSON.parse('{"__proto__":{"k":"number"}}') as unknown },
      'types.__proto__ must be named otherwise, got an object',
    ],
  ])('refuses %j in one line', (config, message) => {
    expect(() => resolve(config)).toThrow(new ConfigError('bad-option', message));
    expect(() => resolve(config)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });

  it('shows no password of an address', () => {
    for (const sinks of [
      { x: { kind: 'sentry', dsn: 'ftp://key:hidden@host/1' } },
      { x: 'https://key:hidden@host/1' },
    ]) {
      expect(() => resolve({ sinks })).toThrow(/^sinks\.x(?!.*hidden).*\/\/…@host\/1/);
    }
  });

  it('shows no secret', () => {
    for (const keys of [
      { shop: { secret: 'too short' } },
      { shop: SECRET, types: 1 },
      { 'bad id': { secret: SECRET } },
    ]) {
      expect(() => resolve({ keys })).toThrow(/^keys\.(?!.*(?:too short|24))/);
    }
  });
});
