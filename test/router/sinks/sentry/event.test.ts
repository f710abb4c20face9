import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeException } from '../../../../src/core/exception.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import type { Severity } from '../../../../src/core/severity.ts';
import { eventIdOf } from '../../../../src/router/sinks/sentry/event-id.ts';
import { toEvent } from '../../../../src/router/sinks/sentry/event.ts';
import { VERSION } from '../../../../src/router/sinks/sentry/version.ts';
import { aMessage } from '../a-message.ts';

const ID = 'a'.repeat(32);
const event = (...[fields]: Parameters<typeof aMessage>) =>
  toEvent(aMessage(fields), { id: ID, isGroupedByMetlog: false });

/** What an exception leaves in a message. */
function anException(thrown: unknown): JsonObject {
  return describeException(thrown, { type: 'uncaughtException', handled: false }, () => false).exception;
}

describe('toEvent', () => {
  it('carries what the message says of itself', () => {
    const metadata = { name: 'login', release: 'shop@1.2.3', environment: 'live' };
    expect(event({ type: 'log', payload: 'no such user', severity: 4, metadata })).toEqual({
      event_id: ID,
      timestamp: 1_795_344_240.123,
      platform: 'node',
      level: 'warning',
      logger: 'shop',
      server_name: 'web-1',
      release: 'shop@1.2.3',
      environment: 'live',
      message: 'no such user',
      tags: { name: 'login' },
      extra: {},
      contexts: {
        metlog: {
          message_type: 'log',
          received: '2026-11-22T10:44:00.200Z',
          via: 'udp',
          pid: 4242,
          sender: '9f3kq2aaaaaaaaaa',
          seq: 1041,
        },
      },
      sdk: { name: 'metlog', version: VERSION },
    });
  });

  it('carries what was said before as breadcrumbs', () => {
    const timestamp = '2026-11-22T10:44:00.123Z';
    const breadcrumbs = [
      { timestamp, type: 'counter', severity: 6, name: 'login.ok' },
      { timestamp, type: 'log', severity: 4, text: 'slow' },
      { timestamp, type: 'route', from: '/', to: '/cart' },
    ];
    const made = event({ type: 'exception', metadata: { breadcrumbs, exception: anException(new Error('no')) } });
    expect(made.breadcrumbs).toEqual([
      { timestamp: 1_795_344_240.123, category: 'counter', level: 'info', message: 'login.ok' },
      { timestamp: 1_795_344_240.123, category: 'log', level: 'warning', message: 'slow' },
      { timestamp: 1_795_344_240.123, category: 'route', data: { from: '/', to: '/cart' } },
    ]);
    expect(made.extra).toEqual({});
  });

  it.each([
    ['crumbs'],
    [[]],
    [['a', 1]],
    [[{ timestamp: 'noon', type: 'log' }]],
    [[{ timestamp: '2026-11-22T10:44:00Z' }]],
  ])('keeps what is no list of breadcrumbs with the rest: %j', (breadcrumbs) => {
    const made = event({ type: 'exception', metadata: { breadcrumbs } });
    expect(made).not.toHaveProperty('breadcrumbs');
    expect({ ...made.tags, ...made.extra }).toMatchObject({ breadcrumbs });
  });

  it('names the version of the package', () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
    expect(manifest).toMatchObject({ version: VERSION });
  });

  it('gives each severity its level', () => {
    const levels = ([0, 1, 2, 3, 4, 5, 6, 7] as readonly Severity[]).map((severity) => event({ severity }).level);
    expect(levels).toEqual(['fatal', 'fatal', 'fatal', 'error', 'warning', 'info', 'info', 'debug']);
  });

  it('tells services, pages and deployed clients apart', () => {
    expect(event({ pid: 1 }).platform).toBe('node');
    expect(event({ pid: undefined }).platform).toBe('javascript');
    expect(event({ sender: undefined, seq: undefined }).platform).toBe('other');
  });

  it('leaves out what the message does not say', () => {
    const bare = event({ hostname: undefined, pid: undefined, sender: undefined, seq: undefined });
    expect(JSON.parse(JSON.stringify(bare))).toStrictEqual(bare);
    expect(bare).not.toHaveProperty('server_name');
    expect(bare).not.toHaveProperty('release');
    expect(Object.keys(bare.contexts?.['metlog'] ?? {})).toEqual(['message_type', 'received', 'via']);
  });

  describe('of an exception', () => {
    it('has type, value, mechanism and frames, the innermost last', () => {
      const exception = anException(new RangeError('too far'));
      const {
        exception: sent,
        message,
        tags,
        extra,
      } = event({
        type: 'exception',
        payload: 'RangeError: too far\n    at f (a.js:1:2)',
        metadata: { exception, team: 'payments' },
      });
      const [value, ...others] = sent?.values ?? [];
      expect(others).toEqual([]);
      expect(value).toMatchObject({
        type: 'RangeError',
        value: 'too far',
        mechanism: { type: 'uncaughtException', handled: false, exception_id: 0 },
      });
      expect(value?.stacktrace?.frames).toEqual(exception['frames']);
      expect(value?.stacktrace?.frames?.at(-1)?.filename).toMatch(/event\.test\.ts$/);
      expect(message).toBeUndefined();
      expect(tags).toEqual({ team: 'payments', 'metlog.fingerprint': exception['fingerprint'] });
      expect(extra).toEqual({});
    });

    it('carries context lines and local variables as they came', () => {
      const frame = {
        function: 'order',
        filename: '/app/shop.js',
        lineno: 10,
        colno: 15,
        in_app: true,
        context_line: '  throw new Error()',
        pre_context: ['function order() {'],
        post_context: ['}'],
        vars: { cart: { items: [1, { deep: '<b>' }] }, user: null },
      };
      const sent = event({ metadata: { exception: { type: 'Error', value: '', frames: [frame] } } });
      expect(sent.exception?.values?.[0]?.stacktrace?.frames).toEqual([frame]);
    });

    it('has the oldest cause first, each naming what it is a cause of', () => {
      const root = new Error('root');
      const middle = new TypeError('middle', { cause: root });
      const sent = event({ metadata: { exception: anException(new Error('top', { cause: middle })) } });
      expect(sent.exception?.values?.map(({ value, mechanism }) => [value, mechanism])).toEqual([
        ['root', { type: 'chained', handled: false, source: 'cause', exception_id: 2, parent_id: 1 }],
        ['middle', { type: 'chained', handled: false, source: 'cause', exception_id: 1, parent_id: 0 }],
        ['top', { type: 'uncaughtException', handled: false, exception_id: 0 }],
      ]);
    });

    it('has the members of a group, which names itself one', () => {
      const thrown = new AggregateError([new Error('a', { cause: new Error('of a') }), new Error('b')], 'all failed');
      const sent = event({ metadata: { exception: anException(thrown) } });
      expect(
        sent.exception?.values?.map(({ value, mechanism }) => [value, mechanism?.source, mechanism?.parent_id]),
      ).toEqual([
        ['b', 'errors[1]', 0],
        ['of a', 'cause', 1],
        ['a', 'errors[0]', 0],
        ['all failed', undefined, undefined],
      ]);
      expect(sent.exception?.values?.map(({ mechanism }) => mechanism?.is_exception_group)).toEqual([
        undefined,
        undefined,
        undefined,
        true,
      ]);
    });

    it('takes whatever stands in its place', () => {
      const frames = [null, 7, 'x', [], {}, { function: 1, lineno: '1', vars: [], pre_context: [1], in_app: 'yes' }];
      const exception = { type: 7, value: {}, frames, errors: 'none', cause: 'no object', mechanism: [], handled: 1 };
      expect(event({ metadata: { exception } }).exception).toEqual({
        values: [
          {
            type: 'Error',
            value: '',
            stacktrace: { frames: [{}, {}] },
            mechanism: { type: 'generic', exception_id: 0 },
          },
        ],
      });
      const text = event({ type: 'exception', payload: 'boom', metadata: { exception: 'boom' } });
      expect([text.message, text.exception, text.tags]).toEqual(['boom', undefined, { exception: 'boom' }]);
    });

    it('never fails, whatever the metadata holds', () => {
      const described = fc.record(
        {
          type: fc.jsonValue(),
          value: fc.jsonValue(),
          frames: fc.oneof(
            fc.jsonValue(),
            fc.array(fc.dictionary(fc.constantFrom('function', 'vars'), fc.jsonValue())),
          ),
          cause: fc.oneof(fc.jsonValue(), fc.record({ value: fc.string() })),
          errors: fc.oneof(fc.jsonValue(), fc.array(fc.record({ value: fc.string() }))),
        },
        { requiredKeys: [] },
      );
      const anyMetadata = fc.dictionary(
        fc.constantFrom('exception', 'release', 'x', '__proto__'),
        fc.oneof(described, fc.jsonValue()),
      );
      fc.assert(
        fc.property(anyMetadata, (metadata) => {
          const sent = event({ metadata: metadata as JsonObject });
          expect(sent.exception === undefined).not.toBe(sent.message === undefined);
          expect(JSON.parse(JSON.stringify(sent))).toMatchObject({ event_id: ID });
        }),
      );
    });

    it('has no more exceptions than a reader can look at', () => {
      const errors = Array.from({ length: 1_000 }, (_, i) => ({ type: 'Error', value: String(i) }));
      const sent = event({ metadata: { exception: { type: 'AggregateError', value: 'many', errors } } });
      expect(sent.exception?.values).toHaveLength(50);
      expect(sent.exception?.values?.at(-1)?.value).toBe('many');
    });

    it('is grouped by Sentry, or by the fingerprint where the configuration says so', () => {
      const message = aMessage({ metadata: { exception: anException(new Error('x')) } });
      const fingerprint = (message.metadata['exception'] as JsonObject)['fingerprint'];
      expect(toEvent(message, { id: ID, isGroupedByMetlog: false }).fingerprint).toBeUndefined();
      expect(toEvent(message, { id: ID, isGroupedByMetlog: true }).fingerprint).toEqual(['metlog', fingerprint]);
      expect(toEvent(aMessage(), { id: ID, isGroupedByMetlog: true }).fingerprint).toBeUndefined();
    });
  });

  describe('of a text', () => {
    it.each([
      ['log', 'user gone', 'user gone'],
      ['log', '', 'log'],
      ['exception', 'Error: x\n    at f (a.js:1:2)', 'Error: x\n    at f (a.js:1:2)'],
      ['order.placed', 'o-1', 'order.placed login.ok: o-1'],
      ['order.placed', '', 'order.placed login.ok'],
      ['counter', '1', 'counter login.ok: 1'],
    ])('of type %s with the payload %j is called %j', (type, payload, message) => {
      expect(event({ type, payload }).message).toBe(message);
    });

    it('puts what Python raised, the last line, before its traceback', () => {
      const payload = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no\n';
      const sent = event({ type: 'exception', payload, sender: undefined, seq: undefined });
      expect(sent.message).toBe(`ValueError: no\n${payload}`);
    });

    it('is whole in the extra data where Sentry would cut it', () => {
      const payload = 'long '.repeat(5_000);
      const sent = event({ type: 'log', payload });
      expect(sent.message).toBe(payload.slice(0, 8_192));
      expect(sent.extra).toEqual({ payload });
    });
  });

  describe('of metadata', () => {
    it('has as tags what Sentry takes for such, and all else as extra data', () => {
      const tags = { 'user.id': 'u1', tier: 1, isPaid: true, 'a:b-c_d': 'x'.repeat(200) };
      const extra = {
        'has space': 1,
        ünï: 1,
        ['k'.repeat(33)]: 1,
        '': 1,
        lines: 'a\nb',
        empty: '',
        long: 'x'.repeat(201),
        list: [1],
        object: { a: 1 },
        nothing: null,
        user: 'u1',
        function: 'f',
        level: 'fatal',
      };
      const sent = event({ metadata: { ...tags, ...extra } });
      expect(sent.tags).toEqual({ ...tags, tier: '1', isPaid: 'true' });
      expect(sent.extra).toEqual(extra);
    });

    it('loses none of many keys, nor one with an odd name', () => {
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i]));
      const sent = event({ metadata: many });
      expect(Object.keys(sent.tags ?? {})).toHaveLength(50);
      expect(Object.keys(sent.extra ?? {})).toEqual([
        'k50',
        'k51',
        'k52',
        'k53',
        'k54',
        'k55',
        'k56',
        'k57',
        'k58',
        'k59',
      ]);
      const odd = event({ metadata: JSON.parse('{"__proto__":{"x":1},"constructor":"c"}') as JsonObject });
      expect(JSON.stringify([odd.tags, odd.extra])).toBe('[{"constructor":"c"},{"__proto__":{"x":1}}]');
    });

    it.each([
      ['release', 'shop/1'],
      ['release', '..'],
      ['release', 'x'.repeat(201)],
      ['release', 7],
      ['environment', 'two words'],
      ['environment', 'None'],
      ['environment', ''],
    ])('keeps a %s that Sentry does not take, %j, as extra data', (key, value) => {
      const sent = event({ metadata: { [key]: value } });
      expect(sent).not.toHaveProperty(key);
      expect(sent.extra).toEqual({ [key]: value });
    });
  });
});

describe('eventIdOf', () => {
  it('is the same for the same message, and another for every other', () => {
    const legacy = { sender: undefined, seq: undefined };
    const messages = [
      aMessage(),
      aMessage({ seq: 1042 }),
      aMessage({ sender: '9f3kq2aaaaaaaaab' }),
      aMessage({ key: 'shop' }), // signed: the sender's name is the key's own
      aMessage({ key: 'till' }),
      aMessage(legacy),
      aMessage({ ...legacy, offset: 1 }),
      aMessage({ ...legacy, received: '2026-11-22T10:44:00.201Z' }),
      aMessage({ ...legacy, payload: '2' }),
    ];
    const ids = messages.map(eventIdOf);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(messages.length);
    expect(messages.map((message) => eventIdOf(structuredClone(message)))).toEqual(ids);
  });

  it('is made of what identifies a message anywhere, wherever that lies in a journal', () => {
    expect(eventIdOf(aMessage({ offset: 9, received: '2026-11-23T00:00:00.000Z' }))).toBe(eventIdOf(aMessage()));
  });
});
