import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../sinks/support/certificate.ts';
import { startSentryServer } from '../sinks/support/sentry-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { headerLine, legacyMessage, messageLine } from '../support/lines.ts';
import { numbersOf, range } from '../support/numbered.ts';
import { archived, memorySink, namesOf, runRouter, sendRaw } from '../support/running-router.ts';

// What routers of Metlog got wrong before this one, each held against the whole of it: datagrams to the receiving thread, routes, sinks, archive.

describe('the type of a message', () => {
  it('is what stands at its top, whatever its metadata, its payload or its header say', async () => {
    const [orders, exceptions, rest] = [memorySink(), memorySink(), memorySink()];
    const { router, config } = await runRouter({
      sinks: { orders: orders.factory, exceptions: exceptions.factory, rest: rest.factory },
      routes: [
        { match: { type: 'order.*' }, to: ['orders'] },
        { match: { type: 'exception' }, to: ['exceptions'] },
        { otherwise: true, to: ['rest'] },
      ],
    });
    const elsewhere = { type: 'exception', fields: { type: 'exception' }, exception: { type: 'TypeError' } };
    const metadata = (name: string): object => ({ metadata: { name, ...elsewhere } });
    await sendRaw(
      router,
      [
        headerLine({ type: 'exception' }),
        messageLine('', { type: 'order.placed', ...metadata('new') }),
        messageLine('', { type: 'login', payload: '{"type":"exception"}', ...metadata('login') }),
        messageLine('', { type: undefined, ...metadata('none') }),
        '',
      ].join('\n'),
      legacyMessage({ fields: { name: 'deployed', ...elsewhere } }),
      legacyMessage({ type: undefined, fields: { name: 'none', ...elsewhere } }),
      [headerLine(), messageLine('', { type: 'exception', metadata: { name: 'yes', type: 'order.placed' } }), ''].join(
        '\n',
      ),
    );
    await expect.poll(() => namesOf(exceptions.sink.messages)).toEqual(['yes']);
    expect(namesOf(orders.sink.messages)).toEqual(['new', 'deployed']);
    expect(namesOf(rest.sink.messages)).toEqual(['login']);
    // The application's own stays where it was.
    expect(orders.sink.messages[0]?.metadata).toMatchObject(elsewhere);
    expect((await router.stats()).refused).toEqual({ 'bad-type': 2 });
    await router.close();
    expect(await archived(config.dataDir, 'type, name')).toEqual([
      { type: 'order.placed', name: 'new' },
      { type: 'login', name: 'login' },
      { type: 'order.placed', name: 'deployed' },
      { type: 'exception', name: 'yes' },
    ]);
  });
});

describe('a sink’s target', () => {
  it('is what the configuration says, whatever DSN or address a message brings', async () => {
    const [own, foreign] = [await startSentryServer(), await startSentryServer()];
    const { router, connect } = await runRouter({
      sinks: { sentry: { kind: 'sentry', dsn: own.dsn } },
      routes: [{ match: { type: ['exception', 'sentry'] }, to: ['sentry'] }],
    });
    const { dsn } = foreign;
    const bait = { dsn, sentry_dsn: dsn, 'sentry.dsn': dsn, host: '127.0.0.1', port: foreign.port, sentry: { dsn } };
    const metlog = connect({ metadata: bait });
    metlog.exception(new Error('no'), { metadata: { n: 0 } });
    metlog.send('exception', {
      payload: JSON.stringify(bait),
      metadata: { n: 1, exception: { type: 'E', value: 'v', ...bait }, tags: bait },
    });
    await metlog.flush();
    await sendRaw(
      router,
      legacyMessage({ type: 'sentry', payload: 'an event', dsn, epoch_timestamp: 1, fields: { n: 2, ...bait } }),
      [headerLine(bait), messageLine('', { type: 'exception', dsn, metadata: { n: 3, ...bait } }), ''].join('\n'),
    );
    await expect.poll(() => numbersOf(own)).toEqual(range(0, 4));
    expect(new Set(own.requests.map(({ url }) => new URL(url, dsn).pathname))).toEqual(new Set(['/api/42/envelope/']));
    await router.close();
    expect(foreign.sockets()).toBe(0);
  });

  it('may be an https DSN, whose certificate has to be trusted', async () => {
    const caFile = join(await temporaryFolder(), 'ca.pem');
    await writeFile(caFile, selfSigned.cert);
    const server = await startSentryServer({ tls: selfSigned });
    expect(server.dsn).toMatch(/^https:/);
    const { router, connect } = await runRouter({
      sinks: {
        trusting: { kind: 'sentry', dsn: server.dsn, caFile },
        wary: { kind: 'sentry', dsn: server.dsn.replace('/42', '/43') },
      },
      routes: [{ match: { type: 'exception' }, to: ['trusting', 'wary'] }],
    });
    const metlog = connect();
    metlog.exception(new Error('no'), { metadata: { n: 0 } });
    await metlog.flush();
    await expect.poll(() => numbersOf(server)).toEqual([0]);
    await expect.poll(async () => (await router.stats()).sinks['wary']?.failures).toBeGreaterThan(0);
    const { sinks } = await router.stats();
    expect(sinks['trusting']).toMatchObject({ delivered: 1, waiting: 0 });
    expect(sinks['wary']).toMatchObject({
      delivered: 0,
      waiting: 1,
      trouble: expect.stringMatching(/self.signed/) as string,
    });
    expect(server.requests.map(({ url }) => new URL(url, server.dsn).pathname)).toEqual(['/api/42/envelope/']);
  });
});
