import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import type { ApiPorts, ApiRoute } from '../../src/report/api-route.ts';
import type { MessageAnswer } from '../../src/report/api/message.ts';
import { messageAnswer } from '../../src/report/api/message.ts';
import type { MessagesAnswer } from '../../src/report/api/messages.ts';
import { messagesAnswer } from '../../src/report/api/messages.ts';
import { exceptionRoute } from '../../src/report/routes/exception.ts';
import { messageRoute } from '../../src/report/routes/message.ts';
import { messagesRoute } from '../../src/report/routes/messages.ts';
import { createRelay } from '../../src/relay/relay.ts';
import { openStore } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aMessage, journalText, tempDataDir } from './temp-archive.ts';
import type { Message } from '../../src/core/schema.ts';

const WINDOW = 'from=2020-01-01&to=2080-01-01';

interface Asked {
  readonly status: number;
  readonly body: unknown;
}

/** Asks the two paths over an archive of these messages, numbered from 0 of one sender or without any. */
async function over(
  messages: readonly Message[],
  sender: string | null = 's-1',
): Promise<(path: string) => Promise<Asked>> {
  const dataDir = await tempDataDir();
  const path = join(dataDir, 'segment.ndjson');
  const text = journalText(messages);
  await writeFile(path, sender === null ? text : text.replace('"received"', `"sender":"${sender}","seq":0,"received"`));
  const dir = join(dataDir, 'archive');
  const writer = await createArchiveWriter(dir);
  await writer.write({ path, first: 0, count: messages.length, dt: new Date().toISOString().slice(0, 10) });
  await writer.close();
  expect(await readFile(path, 'utf8')).toContain('"metlog":1');
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => store.close());
  const deliver = async (): Promise<never> => Promise.reject(new Error('nothing is sent'));
  const ports: ApiPorts = {
    store,
    router: createMemoryRouter(),
    relay: createRelay({ deliver }),
    clock: createManualClock(),
  };
  return async (asked) => {
    const [route, parameters] = routeOf(asked);
    const response = await route.respond(new Request(`http://here${asked}`), parameters, ports);
    return { status: response.status, body: await response.json() };
  };
}

function routeOf(asked: string): [ApiRoute, Record<string, string>] {
  const [, , what, sender, seq] = new URL(asked, 'http://here').pathname.split('/');
  if (what === 'exceptions') return [exceptionRoute, { fingerprint: decodeURIComponent(sender ?? '') }];
  if (sender === undefined || seq === undefined) return [messagesRoute, {}];
  return [messageRoute, { sender: decodeURIComponent(sender), seq: decodeURIComponent(seq) }];
}

describe('GET /api/messages', () => {
  it('answers as its schema says, page by page', async () => {
    const ask = await over(Array.from({ length: 5 }, (_, n) => aMessage({ type: 'log', payload: `p${n}` })));
    const first = messagesAnswer.parse((await ask(`/api/messages?${WINDOW}&limit=3`)).body);
    expect(first.messages.map(({ id, payload }) => [id, payload])).toEqual([['s-1/4', 'p4'], ['s-1/3', 'p3'], ['s-1/2', 'p2']]); // prettier-ignore
    const next = encodeURIComponent(first.next ?? '');
    const second = messagesAnswer.parse((await ask(`/api/messages?${WINDOW}&limit=3&before=${next}`)).body);
    expect(second.messages.map(({ payload }) => payload)).toEqual(['p1', 'p0']);
    expect(second.next).toBeNull();
  });

  it('takes types and conditions that stand more than once', async () => {
    const ask = await over([
      aMessage({ type: 'a', metadata: { k: 'x=y', l: 1 } }),
      aMessage({ type: 'b', metadata: { k: 'x=y', l: 2 } }),
      aMessage({ type: 'c', metadata: { k: 'x', l: 1 } }),
    ]);
    const typesOf = async (query: string): Promise<unknown> =>
      ((await ask(`/api/messages?${WINDOW}&${query}`)).body as MessagesAnswer).messages.map(({ type }) => type);
    expect(await typesOf('type=a&type=c')).toEqual(['c', 'a']);
    expect(await typesOf('type=a,b&type=')).toEqual(['b', 'a']);
    expect(await typesOf('metadata=k%3Dx%3Dy')).toEqual(['b', 'a']);
    expect(await typesOf('metadata=k%3Dx%3Dy&metadata=l%3D1')).toEqual(['a']);
    expect(await typesOf('metadata=l%3D1&metadata=l%3D2&metadata=k%3Dx*')).toEqual(['c', 'b', 'a']);
  });

  it.each([
    ['', /from must be a time/],
    ['from=2026-01-02&to=2026-01-01', /from must be before to/],
    [`${WINDOW}&severity=8`, /severity must be a whole number from 0 to 7/],
    [`${WINDOW}&severity=`, /severity must be/],
    [`${WINDOW}&limit=201`, /limit must be from 1 to 200/],
    [`${WINDOW}&limit=0`, /limit must be from 1 to 200/],
    [`${WINDOW}&metadata=novalue`, /metadata must be key=value, got "novalue"/],
    [`${WINDOW}${'&metadata=a%3Db'.repeat(11)}`, /at most 10 conditions/],
    [`${WINDOW}&type=${'a,'.repeat(51)}`, /type takes at most 50 patterns/],
    [`${WINDOW}&text=${'x'.repeat(1_001)}`, /text must have at most 1000/],
    [`${WINDOW}&text=a&text=b`, /text /],
    [`${WINDOW}&before=1`, /before must be the next of an answer before/],
    [`${WINDOW}&colour=red`, /there is no parameter "colour"/],
  ])('refuses %j and says why', async (query, why) => {
    const ask = await over([aMessage()]);
    expect(await ask(`/api/messages?${query}`)).toEqual({
      status: 400,
      body: { code: 'bad-request', error: expect.stringMatching(why) as string },
    });
  });
});

describe('GET /api/messages/:sender/:seq', () => {
  it('names the group under which an exception is to be found, whatever its fingerprint; of what is none, no group', async () => {
    const of = (fingerprint: string | null, type = 'exception'): Message =>
      aMessage({ type, metadata: { exception: { type: 'TypeError', value: 'no', fingerprint } } });
    const usable = 'f'.repeat(64);
    const ask = await over([of(usable), of('f'.repeat(70)), of('f'.repeat(150)), of('~f'), of(''), of(null), of(usable, 'log')]); // prettier-ignore
    const groups: (string | null)[] = [];
    for (let seq = 0; seq < 7; seq++) {
      const { group } = messageAnswer.parse((await ask(`/api/messages/s-1/${seq}`)).body).message;
      groups.push(group);
      if (group === null) continue;
      const path = `/api/exceptions/${encodeURIComponent(group)}?${WINDOW}&sender=s-1&seq=${seq}`;
      expect(await ask(path)).toMatchObject({
        status: 200,
        body: { exception: { seq }, group: { fingerprint: group } },
      });
    }
    expect(groups[0]).toBe(usable);
    expect(groups[6]).toBeNull();
    expect(new Set(groups).size).toBe(6); // no fingerprint and an empty one are the same
  });

  it('answers with one message whole, as its schema says', async () => {
    const ask = await over([aMessage({ type: 'a' }), aMessage({ type: 'b', metadata: { '<b>': [1, null] } }), aMessage({ type: 'c' })]); // prettier-ignore
    const { status, body } = await ask('/api/messages/s-1/1');
    expect(status).toBe(200);
    expect(messageAnswer.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      message: { type: 'b', hostname: 'web-1', metadata: { '<b>': [1, null] } },
      previous: { seq: 0, type: 'a' },
      next: { seq: 2, type: 'c' },
    });
    const { received } = (body as MessageAnswer).message;
    expect((await ask(`/api/messages/s-1/1?at=${received}`)).body).toEqual(body);
  });

  it('finds what a list shows of a client that names no sender', async () => {
    const ask = await over([aMessage({ type: 'a' }), aMessage({ type: 'b' })], null);
    const { messages } = (await ask(`/api/messages?${WINDOW}&type=b`)).body as MessagesAnswer;
    const { id = '', received = '' } = messages[0] ?? {};
    expect(id).toMatch(/^~\/x[0-9a-f]{32}$/);
    expect((await ask(`/api/messages/${id}?at=${received}`)).body).toMatchObject({
      message: { type: 'b', sender: null },
      previous: null,
      next: null,
    });
  });

  it.each([
    ['/api/messages/s-1/7', 404, /no such thing/],
    ['/api/messages/s-1/x', 400, /seq must be a number of that sender/],
    ["/api/messages/a'b/1", 400, /sender must be the id of a sender/],
    ['/api/messages/~/1', 400, /without a sender has no number/],
    [`/api/messages/s-1/x${'0'.repeat(32)}`, 400, /without a sender has no number/],
    ['/api/messages/s-1/1?at=now', 400, /at must be a time/],
    ['/api/messages/s-1/1?at=8640000000000000', 400, /at must be a time/],
    ['/api/messages/s-1/1?at=9999-12-30', 404, /no such thing/],
    ['/api/messages/s-1/1?at=1000-01-01', 404, /no such thing/],
  ])('answers %s with %i and why', async (path, status, why) => {
    const ask = await over([aMessage()]);
    expect(await ask(path)).toMatchObject({ status, body: { error: expect.stringMatching(why) as string } });
  });
});
