import { writeFile } from 'node:fs/promises';
import { createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/router/clock.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { Sink, SinkContext } from '../../../src/router/sink.ts';
import { createSentrySink } from '../../../src/router/sinks/sentry.ts';
import type { SentrySpec } from '../../../src/router/sinks/sentry-spec.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { sinkContract } from '../../../src/testing/sink-contract.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../support/folder.ts';
import { aMessage } from './a-message.ts';
import { selfSigned } from './support/certificate.ts';
import { answering, startSentryServer, taken, type Reply, type SentryServer } from './support/sentry-server.ts';

interface Made {
  readonly sink: Sink;
  readonly warnings: string[];
}

function make(dsn: string, spec: Partial<SentrySpec> = {}, context: Partial<SinkContext> = {}): Made {
  const warnings: string[] = [];
  const sink = createSentrySink(
    { kind: 'sentry', dsn, ...spec },
    { name: 'sentry', clock: systemClock, warn: (text) => warnings.push(text), ...context },
  );
  onTestFinished(() => sink.close());
  return { sink, warnings };
}

const open = (): AbortSignal => new AbortController().signal;
const numbered = (count: number): ReceivedMessage[] =>
  Array.from({ length: count }, (_, seq) => aMessage({ seq, metadata: { name: 'm', seq } }));
/** The messages that the server was sent, by number, in the order of arrival. */
const sent = (server: SentryServer): number[] => server.requests.map(({ event }) => Number(event.tags?.['seq']));
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

/** Answers the messages with these numbers so, all others as Sentry does. */
const only =
  (numbers: readonly number[], reply: Reply): Reply =>
  (received, response) =>
    (numbers.includes(Number(received.event.tags?.['seq'])) ? reply : taken)(received, response);

/** Gives no answer. */
const silent: Reply = () => undefined;
const reset: Reply = (_, response) => void response.socket?.resetAndDestroy();

describe('createSentrySink', () => {
  describe('keeps the contract of sinks', () => {
    // One request at a time: otherwise neighbours may overtake each other.
    const underTest = (server: SentryServer) => ({
      sink: make(server.dsn, { concurrency: 1 }).sink,
      received: () =>
        Promise.resolve(server.requests.map(({ event }) => [event.contexts?.['metlog']?.['seq'], event.message])),
      shown: (messages: readonly ReceivedMessage[]) =>
        messages.map(({ seq, payload }) => [seq, payload === '' ? 'counter login.ok' : `counter login.ok: ${payload}`]),
    });
    const cases = sinkContract(async () => underTest(await startSentryServer()), {
      async makeFailing() {
        const server = await startSentryServer();
        let isBroken = true;
        server.reply = (received, response) => (isBroken ? answering(503) : taken)(received, response);
        return { ...underTest(server), mend: () => Promise.resolve(void (isBroken = false)) };
      },
      async makeSilent() {
        const server = await startSentryServer();
        server.reply = silent;
        return { ...underTest(server), mend: () => Promise.resolve() };
      },
    });
    it.each(cases)('$name', ({ run }) => run());
  });

  it('posts an envelope to the project of the DSN, with the key in query and header', async () => {
    const server = await startSentryServer();
    const { sink } = make(server.dsn.replace('/42', '/below/here/42'));
    expect(await sink.write([aMessage()], open())).toEqual({});
    const [request] = server.requests;
    expect(request?.url).toMatch(
      /^\/below\/here\/api\/42\/envelope\/\?sentry_version=7&sentry_key=pub&sentry_client=metlog%2F\d+\.\d+\.\d+$/,
    );
    expect(request?.headers['x-sentry-auth']).toMatch(
      /^Sentry sentry_version=7, sentry_key=pub, sentry_client=metlog\/\d+\.\d+\.\d+$/,
    );
    expect(request?.headers['content-type']).toBe('application/x-sentry-envelope');
    expect(request?.header).toMatchObject({ event_id: request?.event.event_id, sent_at: expect.any(String) as string });
  });

  it('takes its target from the configuration alone, whatever a message says', async () => {
    const server = await startSentryServer();
    const other = await startSentryServer();
    const dsn = other.dsn;
    const { sink } = make(server.dsn);
    const exception = { type: 'Error', value: 'x', frames: [], dsn };
    await sink.write([aMessage({ metadata: { name: 'x', dsn, sentry_dsn: dsn, project: 7, exception } })], open());
    expect(other.requests).toHaveLength(0);
    expect(server.requests.map(({ url }) => url.split('?')[0])).toEqual(['/api/42/envelope/']);
  });

  it('has nothing of a message in address or headers', async () => {
    const server = await startSentryServer();
    const { sink } = make(server.dsn);
    const mark = 'mark\r\nX-Mark: 1';
    await sink.write(
      [aMessage({ type: mark, logger: mark, payload: mark, hostname: mark, metadata: { [mark]: mark } })],
      open(),
    );
    const [request] = server.requests;
    expect(JSON.stringify([request?.url, request?.headers])).not.toMatch(/mark/i);
  });

  it('compresses what is long', async () => {
    const server = await startSentryServer();
    const { sink } = make(server.dsn);
    const text = 'all work and no play '.repeat(10_000);
    expect(await sink.write([aMessage({ metadata: { text } })], open())).toEqual({});
    const [request] = server.requests;
    expect(request?.headers['content-encoding']).toBe('gzip');
    expect(request?.bodyBytes).toBeLessThan(10_000);
    expect(request?.event.extra?.['text']).toBe(text);
  });

  it('sends several events at a time over connections that it keeps', async () => {
    const server = await startSentryServer();
    const waiting: (() => void)[] = [];
    let most = 0;
    server.reply = (received, response) => {
      waiting.push(() => taken(received, response));
      most = Math.max(most, waiting.length);
      // The last of a full house lets all go: fewer at a time would never be answered.
      if (waiting.length === 4) for (const go of waiting.splice(0)) go();
    };
    const { sink } = make(server.dsn);
    expect(await sink.write(numbered(40), open())).toEqual({});
    expect(sorted(sent(server))).toEqual(numbered(40).map(({ seq }) => seq));
    expect(most).toBe(4);
    expect(server.sockets()).toBe(4);
  });

  it('does not send again what arrived beside a message that has to come again', async () => {
    const server = await startSentryServer();
    const failing = answering(500, {}, 'oops');
    let held: (() => void) | undefined; // the first is answered once all have come
    server.reply = (received, response) => {
      if (received.event.tags?.['seq'] === '0') held = () => failing(received, response);
      else taken(received, response);
      if (server.requests.length >= 3) held?.();
    };
    const { sink } = make(server.dsn, { concurrency: 3 });
    const batch = numbered(3);
    expect(await sink.write(batch, open())).toEqual({ refused: [], retry: { from: 0, reason: 'answered 500: oops' } });
    server.reply = taken;
    expect(await sink.write(batch, open())).toEqual({});
    expect(sorted(sent(server))).toEqual([0, 0, 1, 2]);
    expect(new Set(server.requests.map(({ event }) => event.event_id)).size).toBe(3);
  });

  describe('after an event that has to come again although its neighbours arrived', () => {
    async function withNeighboursAhead(): Promise<{ server: SentryServer; sink: Sink; batch: ReceivedMessage[] }> {
      const server = await startSentryServer();
      let held: (() => void) | undefined;
      server.reply = (received, response) => {
        if (received.event.tags?.['seq'] === '0') held = () => answering(500)(received, response);
        else taken(received, response);
        if (server.requests.length >= 3) held?.();
      };
      const { sink } = make(server.dsn, { concurrency: 3 });
      const batch = numbered(3);
      expect((await sink.write(batch, open())).retry?.from).toBe(0);
      return { server, sink, batch };
    }

    it('gives no sign of life for them while the server is down', async () => {
      const { server, sink, batch } = await withNeighboursAhead();
      server.reply = answering(500);
      expect(await sink.write(batch, open())).toEqual({ refused: [], retry: { from: 0, reason: 'answered 500' } });
      expect(await sink.write(batch.slice(1), open())).toEqual({
        refused: [],
        retry: { from: 0, reason: 'answered 500' },
      });
      server.reply = taken;
      const before = server.requests.length;
      expect(await sink.write(batch, open())).toEqual({});
      expect(sent(server).slice(before)).toEqual([0]);
    });

    it('does not leave others out', async () => {
      const { server, sink, batch } = await withNeighboursAhead();
      server.reply = taken;
      const before = server.requests.length;
      expect(await sink.write([...batch.slice(1), aMessage({ seq: 7, metadata: { seq: 7 } })], open())).toEqual({});
      expect(sent(server).slice(before)).toEqual([7]);
      // They are forgotten with that: what comes once more is meant.
      expect(await sink.write(batch, open())).toEqual({});
      expect(sorted(sent(server).slice(before))).toEqual([0, 1, 2, 7]);
    });
  });

  it('refuses what the server refuses, in its words, and delivers the rest', async () => {
    const server = await startSentryServer();
    server.reply = only(
      [1],
      answering(400, {}, JSON.stringify({ detail: 'event\u0007 submission rejected', causes: ['bad id\nand more'] })),
    );
    const { sink } = make(server.dsn);
    expect(await sink.write(numbered(4), open())).toEqual({
      refused: [{ index: 1, reason: 'answered 400: event  submission rejected: bad id' }],
    });
    expect(sorted(sent(server))).toEqual([0, 1, 2, 3]);
    server.reply = answering(404, { 'X-Sentry-Error': 'no such project' }, '<html>');
    expect(await sink.write(numbered(1), open())).toEqual({
      refused: [{ index: 0, reason: 'answered 404: no such project' }],
    });
    server.reply = answering(400, {}, 'x'.repeat(2_000_000));
    expect(await sink.write(numbered(1), open())).toEqual({
      refused: [{ index: 0, reason: `answered 400: ${'x'.repeat(200)}` }],
    });
  });

  it.each([401, 403])('tells once of a key that is answered %i, and again after it worked', async (status) => {
    const server = await startSentryServer();
    server.reply = answering(status, {}, '{"detail":"bad sentry key"}');
    const { sink, warnings } = make(server.dsn);
    const { refused } = await sink.write(numbered(6), open());
    expect(refused).toEqual(
      [0, 1, 2, 3, 4, 5].map((index) => ({ index, reason: `answered ${status}: bad sentry key` })),
    );
    expect(warnings).toEqual([expect.stringContaining(`refuses its key (${status})`)]);
    expect(warnings[0]).not.toContain('pub');
    server.reply = taken;
    await sink.write(numbered(1), open());
    server.reply = answering(status);
    await sink.write(numbered(1), open());
    expect(warnings).toHaveLength(2);
  });

  it.each([
    ['500', answering(500)],
    ['502', answering(502, {}, '<html>\nbad gateway')],
    ['408', answering(408)],
    ['a redirect', answering(302, { Location: 'http://127.0.0.1:9/' })],
    ['a reset', reset],
    ['half an answer', ((_, response) => void response.socket?.end('HTTP/1.1 2')) satisfies Reply],
  ])('keeps the rest for later after %s', async (_, reply) => {
    const server = await startSentryServer();
    server.reply = only([2, 3, 4, 5, 6, 7, 8, 9], reply);
    const { sink } = make(server.dsn, { concurrency: 1 });
    const result = await sink.write(numbered(10), open());
    expect(result).toEqual({ refused: [], retry: { from: 2, reason: expect.stringMatching(/./) as string } });
    // A kept connection that ends without an answer is tried anew once.
    expect([...new Set(sent(server))]).toEqual([0, 1, 2]);
    server.reply = taken;
    const before = server.requests.length;
    expect(await sink.write(numbered(10).slice(2), open())).toEqual({});
    expect(sent(server).slice(before)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('keeps everything while nobody listens', async () => {
    const server = await startSentryServer({ port: await freePort() });
    await server.close();
    const { sink } = make(server.dsn);
    expect(await sink.write(numbered(3), open())).toEqual({
      refused: [],
      retry: { from: 0, reason: expect.stringContaining('ECONNREFUSED') as string },
    });
    const back = await startSentryServer({ port: server.port });
    expect(await sink.write(numbered(3), open())).toEqual({});
    expect(sorted(sent(back))).toEqual([0, 1, 2]);
  });

  it('sends anew what met a connection that the server had just closed', async () => {
    const server = await startSentryServer();
    const { sink } = make(server.dsn);
    await sink.write(numbered(8), open());
    // The kept connection ends as it is used again.
    let isFirstUse = true;
    server.reply = (received, response) => {
      if (isFirstUse) response.socket?.resetAndDestroy();
      else taken(received, response);
      isFirstUse = false;
    };
    expect(await sink.write(numbered(1), open())).toEqual({});
    expect(server.requests.at(-1)?.event.event_id).toBe(server.requests.at(-2)?.event.event_id);
  });

  it('settles at once when its time is up, and goes on after what was delivered', async () => {
    const server = await startSentryServer();
    const time = new AbortController();
    server.reply = only([1], () => time.abort());
    const { sink } = make(server.dsn, { concurrency: 1 });
    const batch = numbered(3);
    expect(await sink.write(batch, time.signal)).toEqual({
      refused: [],
      retry: { from: 1, reason: 'no answer in time' },
    });
    server.reply = taken;
    expect(await sink.write(batch.slice(1), open())).toEqual({});
    expect(sent(server)).toEqual([0, 1, 1, 2]);
  });

  it('begins no events that could be cut off by the deadline', async () => {
    const clock = createManualPlatform();
    const server = await startSentryServer();
    server.reply = (received, response) => {
      clock.advance(1_000);
      taken(received, response);
    };
    const { sink } = make(server.dsn, { concurrency: 1, deadlineMs: 6_000 }, { clock });
    expect(await sink.write(numbered(5), open())).toEqual({
      refused: [],
      retry: { from: 3, afterMs: 0, reason: 'time was up' },
    });
    expect(await sink.write(numbered(5).slice(3), open())).toEqual({});
    expect(sent(server)).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes as many connections as it is told without a warning from Node', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    const server = await startSentryServer();
    const { sink } = make(server.dsn, { concurrency: 20 });
    expect(await sink.write(numbered(60), open())).toEqual({});
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.sockets()).toBe(20);
    expect(warnings).toEqual([]);
  });

  it('counts a status although the rest of the answer never comes', async () => {
    const server = await startSentryServer();
    server.reply = (_, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{');
      response.socket?.end();
    };
    const { sink } = make(server.dsn);
    expect(await sink.write(numbered(1), open())).toEqual({});
    expect(sent(server)).toEqual([0]);
  });

  it('gives up a server that takes no connection', async () => {
    const clock = createManualPlatform();
    const tcp = createTcp(); // it accepts and never speaks TLS
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<void>((resolve) => {
      tcp.on('connection', (socket) => {
        onTestFinished(() => void socket.destroy());
        socket.on('error', () => socket.destroy());
        resolve();
      });
    });
    onTestFinished(() => void tcp.close());
    const address = tcp.address();
    if (typeof address !== 'object' || address === null) return expect.unreachable();
    const { sink } = make(`https://pub@127.0.0.1:${address.port}/1`, {}, { clock });
    const written = sink.write(numbered(1), open());
    await accepted;
    clock.advance(5_000);
    expect(await written).toEqual({ refused: [], retry: { from: 0, reason: 'no connection within 5 s' } });
    expect(clock.timerCount).toBe(0);
  });

  describe('speaks https', () => {
    it('to a server whose certificate the configuration names', async () => {
      const server = await startSentryServer({ tls: selfSigned });
      const caFile = join(await temporaryFolder(), 'ca.pem');
      await writeFile(caFile, selfSigned.cert);
      const { sink } = make(server.dsn, { caFile });
      expect(server.dsn).toMatch(/^https:/);
      expect(await sink.write(numbered(9), open())).toEqual({});
      expect(sorted(sent(server))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(server.sockets()).toBe(4);
    });

    it('and to none whose certificate it cannot trust', async () => {
      const server = await startSentryServer({ tls: selfSigned });
      const { sink } = make(server.dsn);
      const { retry } = await sink.write(numbered(2), open());
      expect(retry?.reason).toMatch(/self-signed certificate/);
      expect(server.requests).toHaveLength(0);
    });

    it('and is not made with a certificate that is none', async () => {
      const caFile = join(await temporaryFolder(), 'ca.pem');
      const dsn = 'https://pub@127.0.0.1/1';
      expect(() => make(dsn, { caFile })).toThrow(
        /^sinks\.sentry\.caFile must be a PEM file that can be read, got ".*ENOENT/,
      );
      await writeFile(caFile, 'no certificate');
      expect(() => make(dsn, { caFile })).toThrow(/^sinks\.sentry\.caFile must be a PEM file/);
    });
  });

  describe('is asked for patience', () => {
    const platform = createManualPlatform();
    const inAMinute = new Date(platform.now() + 60_000).toUTCString();

    it.each<[string, number, Readonly<Record<string, string>>, number]>([
      ['seconds', 429, { 'Retry-After': '7' }, 7_000],
      ['a date', 429, { 'Retry-After': inAMinute }, 60_000],
      ['no time', 429, {}, 60_000],
      ['a time that is none', 429, { 'Retry-After': 'soon' }, 60_000],
      ['a time without end', 429, { 'Retry-After': '99999999999' }, 3_600_000],
      [
        'a limit of errors',
        429,
        { 'X-Sentry-Rate-Limits': '5:transaction:org, 30:error;default:project:spike' },
        30_000,
      ],
      ['a limit of everything', 429, { 'X-Sentry-Rate-Limits': '12::organization' }, 12_000],
      ['several limits, the longest of which counts', 429, { 'X-Sentry-Rate-Limits': '40:error:key, 10::org' }, 40_000],
      [
        'limits that say more than the header beside them',
        429,
        { 'X-Sentry-Rate-Limits': '9:error:key', 'Retry-After': '70' },
        9_000,
      ],
      ['a failure with a time', 503, { 'Retry-After': '3' }, 3_000],
    ])('with %s', async (_, status, headers, afterMs) => {
      const clock = createManualPlatform();
      const server = await startSentryServer();
      server.reply = answering(status, headers, 'slow down');
      const { sink } = make(server.dsn, { concurrency: 1 }, { clock });
      const reason = `answered ${status}: slow down`;
      expect(await sink.write(numbered(3), open())).toEqual({ refused: [], retry: { from: 0, afterMs, reason } });
      expect(server.requests).toHaveLength(1);
      server.reply = taken;
      clock.advance(afterMs - 1);
      expect(await sink.write(numbered(3), open())).toEqual({
        refused: [],
        retry: { from: 0, afterMs: 1, reason: 'rate limit' },
      });
      expect(server.requests).toHaveLength(1);
      clock.advance(1);
      expect(await sink.write(numbered(3), open())).toEqual({});
      expect(sent(server)).toEqual([0, 0, 1, 2]);
    });

    it('with a delivery: the rest waits', async () => {
      const server = await startSentryServer();
      server.reply = answering(200, { 'X-Sentry-Rate-Limits': '60:error:organization' }, '{}');
      const { sink } = make(server.dsn, { concurrency: 1 }, { clock: createManualPlatform() });
      expect(await sink.write(numbered(3), open())).toEqual({
        refused: [],
        retry: { from: 1, afterMs: 60_000, reason: 'rate limit' },
      });
      expect(sent(server)).toEqual([0]);
    });

    it.each([200, 429])('with a limit of something else, answered %i: that is no reason to wait', async (status) => {
      const server = await startSentryServer();
      server.reply = answering(status, { 'X-Sentry-Rate-Limits': '600:transaction;replay:organization, :, 5:session' });
      const { sink } = make(server.dsn, { concurrency: 1 });
      const result = await sink.write(numbered(2), open());
      expect(result).toEqual(status === 200 ? {} : { refused: [], retry: { from: 0, reason: 'answered 429' } });
    });
  });

  describe('has an event that is too large', () => {
    const frame = (vars: string) => ({
      function: 'f',
      filename: '/app/a.js',
      lineno: 1,
      in_app: true,
      context_line: 'c'.repeat(20_000),
      pre_context: ['p'.repeat(20_000)],
      post_context: ['q'.repeat(20_000)],
      vars: { v: vars },
    });
    const big = aMessage({
      type: 'exception',
      metadata: {
        note: 'n'.repeat(30_000),
        team: 'a',
        exception: { type: 'Error', value: 'v'.repeat(40_000), frames: [frame('x'.repeat(50_000)), frame('y')] },
      },
    });
    const upTo =
      (maxBytes: number): Reply =>
      (received, response) =>
        (JSON.stringify(received.event).length <= maxBytes ? taken : answering(413, {}, 'too big'))(received, response);

    it.each([
      [200_000, 'vars'],
      [100_000, 'vars.context'],
      [50_000, 'vars.context.extra'],
      [5_000, 'vars.context.extra.text'],
    ])('of which %i bytes are taken: it goes without %s', async (maxBytes, left) => {
      const server = await startSentryServer();
      server.reply = upTo(maxBytes);
      const { sink } = make(server.dsn);
      expect(await sink.write([big], open())).toEqual({});
      const last = server.requests.at(-1)?.event;
      expect(last?.tags).toEqual({ team: 'a', 'metlog.truncated': left });
      expect(last?.exception?.values?.[0]?.stacktrace?.frames).toHaveLength(2);
      expect(JSON.stringify(last).includes('"vars":')).toBe(false);
      expect(server.requests).toHaveLength(left.split('.').length + 1);
      expect(new Set(server.requests.map(({ event }) => event.event_id)).size).toBe(1);
    });

    it('for whatever is left: it is refused, and its neighbours are delivered', async () => {
      const server = await startSentryServer();
      server.reply = (received, response) =>
        (received.event.exception ? answering(413, {}, 'too big') : taken)(received, response);
      const { sink } = make(server.dsn);
      expect(await sink.write([aMessage({ seq: 1 }), big, aMessage({ seq: 2 })], open())).toEqual({
        refused: [{ index: 1, reason: 'answered 413: too big' }],
      });
    });

    it('and a server that fails on the way: it is kept whole', async () => {
      const server = await startSentryServer();
      server.reply = (received, response) =>
        (server.requests.length === 1 ? answering(413) : answering(503))(received, response);
      const { sink } = make(server.dsn);
      expect(await sink.write([big], open())).toEqual({ refused: [], retry: { from: 0, reason: 'answered 503' } });
    });
  });
});
