import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import type { Message } from '../../src/core/schema.ts';
import { exceptionAnswer, type ExceptionAnswer } from '../../src/report/api/exception.ts';
import { exceptionsAnswer, type ExceptionsAnswer } from '../../src/report/api/exceptions.ts';
import { relatedAnswer, type RelatedAnswer } from '../../src/report/api/related.ts';
import { exceptionRoute } from '../../src/report/routes/exception.ts';
import { exceptionsRoute } from '../../src/report/routes/exceptions.ts';
import { relatedRoute } from '../../src/report/routes/related.ts';
import type { ApiPorts, ApiRoute } from '../../src/report/api-route.ts';
import { openStore } from '../../src/store/query.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';
import { aMessage, archive, tempDataDir } from './temp-archive.ts';

type Ask = <Answer>(
  route: ApiRoute,
  output: z.ZodMiniType<Answer>,
  query?: Record<string, string>,
  path?: Record<string, string>,
) => Promise<Answer>;

type StatusOf = (route: ApiRoute, query: Record<string, string>, path?: Record<string, string>) => Promise<number>;

/** Asks routes over the last hour of an archive of these messages; every answer is what is declared. */
async function routesOver(messages: readonly Message[]): Promise<{ readonly ask: Ask; readonly statusOf: StatusOf }> {
  const dataDir = await tempDataDir();
  await archive(dataDir, messages);
  const store = await openStore(join(dataDir, 'archive'), { threads: 1 });
  onTestFinished(() => store.close());
  const now = Date.now();
  const respond = (route: ApiRoute, query: Record<string, string>, path: Record<string, string>): Promise<Response> => {
    const window = route === relatedRoute ? {} : { from: String(now - 3_600_000), to: String(now + 60_000) };
    // None of these routes looks at the others.
    const ports = { store } as ApiPorts;
    return route.respond(
      new Request(`http://127.0.0.1/x?${new URLSearchParams({ ...window, ...query }).toString()}`),
      path,
      ports,
    );
  };
  return {
    async ask(route, output, query = {}, path = {}) {
      const response = await respond(route, query, path);
      const body: unknown = await response.json();
      expect(response.status, JSON.stringify(body).slice(0, 300)).toBe(200);
      return output.parse(body);
    },
    statusOf: async (route, query, path = {}) => (await respond(route, query, path)).status,
  };
}

const thrown = (exception: unknown, metadata: Record<string, unknown> = {}): Message =>
  aMessage({
    type: 'exception',
    severity: 3,
    payload: 'Error: x\n    at y',
    metadata: { exception, ...metadata } as Message['metadata'],
  });

/** Without a sender a message is told from others by its time. */
const numbered = (message: Message, nth: number): Message => ({
  ...message,
  timestamp: new Date(Date.parse(message.timestamp) + nth).toISOString(),
});

describe('GET /api/exceptions', () => {
  it('has what the SDK sent in one group, and the newest whole with its causes and members', async () => {
    const { metlog, messages } = createTestMetlog({ logger: 'shop', release: 'shop@2', environment: 'production' });
    const fail = (nth: number): void => {
      const cause = new RangeError('declined');
      metlog.exception(new Error(`card refused ${nth}`, { cause }), {
        metadata: { request_id: `r${nth}`, order: { id: nth } },
      });
    };
    fail(1);
    fail(2);
    metlog.exception(new AggregateError([new TypeError('row 3'), new Error('row 9')], 'import failed'));
    const { ask, statusOf } = await routesOver(messages().map(numbered));
    const list: ExceptionsAnswer = await ask(exceptionsRoute, exceptionsAnswer);
    expect(list).toMatchObject({ groupCount: 2, count: 3 });
    const group = list.groups.find(({ count }) => count === 2);
    expect(group).toMatchObject({
      errorType: 'Error',
      value: 'card refused 2',
      releases: ['shop@2'],
      isNew: true,
      handled: true,
    });
    expect(group?.culprit?.filename).toContain('exceptions.test.ts');
    expect(group?.series.reduce((sum, count) => sum + count)).toBe(2);

    const path = { fingerprint: group?.fingerprint ?? '' };
    const one: ExceptionAnswer = await ask(exceptionRoute, exceptionAnswer, {}, path);
    expect(one.group).toEqual(group);
    expect(one.occurrences.map(({ value, requestId }) => [value, requestId])).toEqual([
      ['card refused 2', 'r2'],
      ['card refused 1', 'r1'],
    ]);
    expect(one.exception).toMatchObject({
      release: 'shop@2',
      environment: 'production',
      requestId: 'r2',
      handled: true,
    });
    expect(one.exception.errors.map(({ relation, type, value }) => [relation, type, value])).toEqual([
      ['thrown', 'Error', 'card refused 2'],
      ['cause', 'RangeError', 'declined'],
    ]);
    expect(one.exception.errors[0]?.frames[0]).toMatchObject({ function: 'fail', inApp: true });
    expect(one.exception.metadata).toEqual([
      { name: 'request_id', text: '"r2"', isRedacted: false },
      { name: 'order', text: '{ id: 2 }', isRedacted: false },
    ]);
    expect(one.newer).toBeNull();
    const { sender = '', seq = 0, received = '' } = one.older ?? {};
    const older = await ask(exceptionRoute, exceptionAnswer, { sender, seq: String(seq), at: received }, path);
    expect(older.exception.errors[0]?.value).toBe('card refused 1');

    const aggregate = list.groups.find(({ errorType }) => errorType === 'AggregateError');
    const many = await ask(exceptionRoute, exceptionAnswer, {}, { fingerprint: aggregate?.fingerprint ?? '' });
    expect(many.exception.errors.map(({ relation, type }) => [relation, type])).toEqual([
      ['thrown', 'AggregateError'],
      ['member', 'TypeError'],
      ['member', 'Error'],
    ]);
    expect(await statusOf(exceptionRoute, {}, { fingerprint: 'nothing' })).toBe(404);
    expect(await statusOf(exceptionRoute, { sender: 's' }, path)).toBe(400);
    expect(await statusOf(exceptionsRoute, { sort: 'upside-down' })).toBe(400);
  });

  it('shows the latest of a group where the window has none', async () => {
    const { ask } = await routesOver([thrown({ type: 'Error', value: 'x', fingerprint: 'f' })]);
    const window = { from: '2001-01-01', to: '2001-01-02' };
    expect(await ask(exceptionRoute, exceptionAnswer, window, { fingerprint: 'f' })).toMatchObject({
      group: null,
      occurrences: [],
      exception: { errors: [{ type: 'Error', value: 'x' }] },
    });
  });

  it('reads whatever a client sent, bounded, and answers what it declares', async () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 500; depth++) deep = { deep };
    const chain = (length: number): unknown =>
      length === 0 ? null : { type: 'Link', value: 'v', cause: chain(length - 1) };
    const frame = {
      function: 5,
      filename: ['x'],
      lineno: -1,
      colno: 'x',
      in_app: 'yes',
      context_line: 'c',
      pre_context: 'no',
      post_context: [1],
      vars: [1],
    };
    const hostile: readonly (readonly [unknown, Record<string, unknown>?])[] = [
      [null],
      ['text'],
      [[1, 2]],
      [{ type: 5, value: {}, frames: 'none', mechanism: [], handled: 'perhaps', cause: [], errors: {} }],
      [{ frames: [null, 5, 'x', [], frame], deep }],
      [{ frames: Array.from({ length: 900 }, () => ({ function: 'f', filename: '/f.js', vars: { n: 1 } })) }],
      [{ value: 'x'.repeat(1_000_000), type: 'T'.repeat(100_000) }],
      [chain(100)],
      [{ errors: Array.from({ length: 500 }, () => ({ type: 'Member' })) }],
      [{}, Object.fromEntries(Array.from({ length: 10_000 }, (_, nth) => [`key ${nth}`, nth]))],
      [
        {},
        {
          breadcrumbs: [
            null,
            'x',
            {},
            { timestamp: 'never', type: 5, text: ['x'] },
            { type: 'click', text: '<b>', target: deep },
          ],
        },
      ],
      [
        {},
        {
          breadcrumbs: 'none',
          release: { a: 1 },
          request_id: 5,
          list: Array.from({ length: 20_000 }, (_, nth) => nth),
        },
      ],
    ];
    const messages = hostile.map(([exception, metadata], nth) =>
      thrown(
        typeof exception === 'object' && exception !== null && !Array.isArray(exception)
          ? { ...exception, fingerprint: `f${nth}` }
          : exception,
        metadata,
      ),
    );
    const { ask } = await routesOver(messages);
    const { groups } = await ask(exceptionsRoute, exceptionsAnswer);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(hostile.length);
    for (const { fingerprint } of groups) {
      const answer = await ask(exceptionRoute, exceptionAnswer, {}, { fingerprint });
      expect(JSON.stringify(answer).length).toBeLessThan(1_500_000);
    }
    const shown = async (fingerprint: string): Promise<ExceptionAnswer['exception']> =>
      (await ask(exceptionRoute, exceptionAnswer, {}, { fingerprint })).exception;
    expect((await shown('f4')).errors[0]?.frames).toEqual([
      {
        function: null,
        filename: null,
        lineno: null,
        colno: null,
        inApp: false,
        isAsync: false,
        source: { firstLine: 1, before: [], line: 'c', after: [] },
        vars: [],
      },
    ]);
    expect((await shown('f5')).errors[0]).toMatchObject({ frames: { length: 200 }, moreFrames: 700 });
    expect((await shown('f6')).errors[0]?.value).toHaveLength(10_001);
    expect((await shown('f7')).errors).toHaveLength(30);
    expect((await shown('f8')).errors).toHaveLength(30);
    expect(await shown('f9')).toMatchObject({ metadata: { length: 100 }, moreMetadata: 9_900 });
    expect((await shown('f10')).breadcrumbs.map(({ text, timestamp }) => [text.slice(0, 3), timestamp])).toEqual([
      ['<b>', null],
      ['', null],
      ['', null],
    ]);
  });
});

describe('GET /api/related', () => {
  it('has the messages of a request in the order that they were sent in, and no others', async () => {
    const now = Date.now();
    const id = 'a"b\\c ü'; // no SDK makes such a one, but others may
    const of = (requestId: unknown, payload: string, ms: number): Message =>
      aMessage({
        type: 'log',
        payload,
        timestamp: new Date(now + ms).toISOString(),
        metadata: { request_id: requestId } as Message['metadata'],
      });
    const { ask, statusOf } = await routesOver([
      of(id, 'second', 5),
      of('other', id, 0),
      of(id, 'first', -5),
      of(5, 'x', 0),
    ]);
    const query = { key: 'request_id', value: id, at: String(now) };
    const found: RelatedAnswer = await ask(relatedRoute, relatedAnswer, query);
    expect(found.messages.map(({ text }) => text)).toEqual(['first', 'second']);
    expect(found.isCut).toBe(false);
    expect((await ask(relatedRoute, relatedAnswer, { ...query, at: String(now + 3_600_000) })).messages).toEqual([]);
    expect(await statusOf(relatedRoute, { ...query, key: 'userId' })).toBe(400);
    expect(await statusOf(relatedRoute, { ...query, at: '8640000000000000' })).toBe(400);
    expect(await statusOf(relatedRoute, { ...query, at: '9999-12-30' })).toBe(200);
  });
});
