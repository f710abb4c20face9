import { describe, expect, it, onTestFinished } from 'vitest';
import * as zod from 'zod';
import * as z from 'zod/mini';
import { createAnnouncer } from '../../src/node/announcer.ts';
import {
  createMetlog,
  defineMessage,
  type MessageDefinition,
  type Metlog,
  type MetlogOptions,
} from '../../src/node/index.ts';
import { createMemoryTransport, createTestMetlog, type MemoryTransport } from '../../src/testing/index.ts';
import { startHttpReceiver } from './http-receiver.ts';
import { startUdpReceiver } from './udp-receiver.ts';

const orderPlaced = defineMessage('order.placed', z.object({ total: z.number(), items: z.array(z.string()) }));
const ORDER = { total: 12.5, items: ['a'] };
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function setUp(options: MetlogOptions = {}) {
  const { metlog, platform, messages } = createTestMetlog({ strict: false, onError: () => undefined, ...options });
  const told: string[] = [];
  const announcer = createAnnouncer(
    { logger: 'shop', sign: undefined, tell: (message) => told.push(message) },
    platform,
  );
  const transport = createMemoryTransport(platform);
  announcer.setTransport(transport);
  announcer.watch(metlog);
  return { metlog, platform, messages, told, announcer, transport };
}

const announced = (transport: MemoryTransport): unknown[] =>
  transport.messages().map(({ type, metadata }) => [type, metadata['type']]);

/** The properties of the schema that was announced for a definition. */
function properties(definition: MessageDefinition, metadata: unknown = {}): unknown {
  const { metlog, transport } = setUp();
  (metlog.send as (...args: unknown[]) => void)(definition, metadata);
  return (transport.messages()[0]?.metadata['schema'] as { properties?: unknown } | undefined)?.properties;
}

describe('a defined message', () => {
  it('is announced when it is first sent, by children too, and stands in no book', () => {
    const { metlog, transport, messages } = setUp();
    metlog.send('order.placed', { metadata: ORDER });
    expect(transport.datagrams).toEqual([]);
    metlog.send(orderPlaced, ORDER);
    metlog.child({ logger: 'shop.web' }).child({}).send(orderPlaced, ORDER);
    metlog.child({}).send(defineMessage('other', z.object({ k: z.number() })), { k: 1 });
    expect(transport.messages()).toMatchObject([
      {
        type: 'metlog.schema',
        logger: 'shop',
        metadata: {
          type: 'order.placed',
          schema: { type: 'object', properties: { total: { type: 'number' }, items: {} } },
        },
      },
      { type: 'metlog.schema', metadata: { type: 'other' } },
    ]);
    expect(transport.datagrams[0]).toMatch(
      /^\{"metlog":1,"logger":"shop","hostname":"test-host","pid":1,"sent":"[^"]*"\}\n/,
    );
    expect(messages()).toHaveLength(4);
    expect(metlog.stats).toMatchObject({ accepted: 4, dropped: {} });
  });

  it('is announced again after a minute and then each hour, if it is sent then, as of the first time', () => {
    const { metlog, transport, platform } = setUp();
    const sendAfter = (ms: number): number => {
      platform.advance(ms);
      metlog.send(orderPlaced, ORDER);
      return transport.datagrams.length;
    };
    expect([0, MINUTE_MS - 1, 1, HOUR_MS - 1, 1, HOUR_MS].map(sendAfter)).toEqual([1, 1, 2, 2, 3, 4]);
    expect(new Set(transport.messages().map(({ timestamp }) => timestamp))).toEqual(
      new Set(['2026-01-01T00:00:00.000Z']),
    );
    platform.advance(10 * HOUR_MS);
    expect(transport.datagrams).toHaveLength(4);
  });

  it('is announced to each destination', () => {
    const { metlog, transport, announcer, platform } = setUp();
    metlog.send(orderPlaced, ORDER);
    const next = createMemoryTransport(platform);
    announcer.setTransport(next);
    metlog.send(orderPlaced, ORDER);
    announcer.setTransport(undefined);
    metlog.send(orderPlaced, ORDER);
    expect([transport, next].map(announced)).toEqual([
      [['metlog.schema', 'order.placed']],
      [['metlog.schema', 'order.placed']],
    ]);
  });

  it('is not announced while nothing is sent: what does not fit, what a filter keeps back, and who has not consented', () => {
    const { metlog, transport } = setUp({
      filters: [(message) => (message.metadata['hidden'] === true ? null : message)],
    });
    metlog.send(orderPlaced, { total: 'x' } as never);
    metlog.send(orderPlaced, { ...ORDER, hidden: true } as never);
    metlog.setEnabled(false);
    metlog.send(orderPlaced, ORDER);
    expect(transport.attemptCount).toBe(0);
    metlog.setEnabled(true);
    metlog.send(orderPlaced, ORDER);
    expect(transport.attemptCount).toBe(1);
  });

  it('is announced again in a minute where that failed, and not any more where it was refused', async () => {
    const { metlog, transport, platform } = setUp();
    const lost = { status: 'refused', reason: 'unreachable', cause: 'nobody listens' } as const;
    transport.next({ status: 'sent' }, lost, { status: 'sent', refusedCount: 1 });
    const attempts: number[] = [];
    for (const ms of [0, MINUTE_MS, MINUTE_MS, MINUTE_MS, 10 * HOUR_MS]) {
      platform.advance(ms);
      metlog.send(orderPlaced, ORDER);
      attempts.push(transport.attemptCount);
      await platform.settle();
    }
    expect(attempts).toEqual([1, 2, 3, 3, 3]);
  });

  it('is sent whatever becomes of the announcement', () => {
    const { metlog, announcer, messages, told } = setUp();
    announcer.setTransport({ datagramBytes: 1, maxBytes: 1, send() { throw new Error('mine'); }, close: async () => undefined }); // prettier-ignore
    metlog.send(orderPlaced, ORDER);
    expect(messages()).toHaveLength(1);
    const foreign = { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } } as const;
    const bad = { ...foreign, _zod: { get def() { throw new Error('mine'); } } }; // prettier-ignore
    metlog.send(defineMessage('bad', bad as never), {} as never);
    for (let i = 0; i < 3; i++) metlog.send(defineMessage('foreign', foreign), {});
    metlog.send(defineMessage('no.object', z.any()), {});
    expect(messages()).toHaveLength(6);
    expect(told).toEqual([
      expect.stringMatching(/^messages of type bad get no view of their own, as their schema cannot be told: /),
      'messages of type foreign get no view of their own, as their schema tells no JSON Schema of an object',
      'messages of type no.object get no view of their own, as their schema tells no JSON Schema of an object',
    ]);
  });

  it('tells of its schema what JSON Schema can say, and leaves the rest open', () => {
    const s = z.object({
      n: z.number(), i: z.int(), b: z.optional(z.boolean()), s: z.nullable(z.string()), t: z.iso.datetime(), d: z.iso.date(), date: z.date(),
      e: z.enum(['a', 'b']), u: z.union([z.string(), z.number()]), big: z.bigint(), any: z.any(), own: z.custom(() => true), def: z._default(z.string(), 'x'),
      map: z.record(z.string(), z.number()), length: z.pipe(z.string(), z.transform((text) => text.length)),
      get self() { return z.optional(s); },
    }); // prettier-ignore
    const metadata = { n: 1, i: 1, s: null, t: '2026-01-01T00:00:00Z', d: '2026-01-01', date: new Date(0), e: 'a', u: 1, big: 1n, any: 1, own: 1, map: {}, length: 'x' }; // prettier-ignore
    const text = { type: 'string' };
    const wanted = {
      n: { type: 'number' }, i: { type: 'integer' }, b: { type: 'boolean' }, s: text, t: { ...text, format: 'date-time' }, d: { ...text, format: 'date' },
      date: { ...text, format: 'date-time' }, e: text, u: text, big: text, any: {}, own: {}, def: text, map: {}, length: text, self: {},
    }; // prettier-ignore
    expect(properties(defineMessage('s', s), metadata)).toEqual(wanted);
  });

  it.each([
    [
      'zod',
      zod.object({ k: zod.number().int(), at: zod.coerce.date() }),
      { k: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
    ],
    ['any Standard JSON Schema', { '~standard': { version: 1, validate: (value: unknown) => ({ value }), jsonSchema: { input: () => ({ properties: { k: { type: 'number' } } }) } } } as never, { k: { type: 'number' } }], // prettier-ignore
  ])('tells of %s the same', (_, schema, wanted) => {
    expect(properties(defineMessage('s', schema), { k: 1, at: new Date(0) })).toEqual(wanted);
  });

  it('with ten thousand keys is announced with a hundred of them', () => {
    const shape = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, z.optional(z.number())]));
    expect(Object.keys(properties(defineMessage('huge', z.object(shape))) as object)).toHaveLength(100);
  });
});

describe('a client in Node', () => {
  function client(options: MetlogOptions): Metlog {
    const metlog = createMetlog({ logger: 'shop', onError: () => undefined, ...options });
    onTestFinished(() => metlog.close());
    return metlog;
  }

  it('announces by UDP, and anew after setMetlogDest', async () => {
    const [one, other] = [await startUdpReceiver(), await startUdpReceiver()];
    onTestFinished(async () => {
      await Promise.all([one.close(), other.close()]);
    });
    const metlog = client({ dest: `udp://127.0.0.1:${one.port}` });
    metlog.send(orderPlaced, ORDER);
    await metlog.flush();
    metlog.setMetlogDest('127.0.0.1', other.port);
    metlog.send(orderPlaced, ORDER);
    await metlog.flush();
    for (const receiver of [one, other]) {
      const types = (await receiver.receivedMessages(2)).map(({ type }) => type);
      expect(types).toEqual(['metlog.schema', 'order.placed']);
    }
    expect(metlog.stats).toMatchObject({ accepted: 2, sent: 2, queued: 0, dropped: {} });
  });

  it.each([
    ['nothing by HTTP without a signature', undefined, ['order.placed']],
    ['signed by HTTP', 'shop:0123456789abcdef', ['metlog.schema', 'order.placed']],
  ])('announces %s', async (_, secret, wanted) => {
    const server = await startHttpReceiver();
    onTestFinished(() => server.close());
    const metlog = client({ dest: server.origin, secret });
    metlog.send(orderPlaced, ORDER);
    await metlog.flush();
    const requests = await server.received(wanted.length);
    expect(requests.map(({ body }) => /\n\{"type":"([^"]*)"/.exec(body)?.[1])).toEqual(wanted);
    if (secret !== undefined)
      expect(requests[0]?.body).toMatch(/^\{"metlog":1,[^\n]*"key":"shop",[^\n]*\n[^\n]*\n#[\w-]{43}\n$/);
  });
});
