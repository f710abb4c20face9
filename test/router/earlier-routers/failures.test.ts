import { once } from 'node:events';
import { access, appendFile, cp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SinkFactory } from '../../../src/router/index.ts';
import { createMemorySink } from '../../../src/testing/index.ts';
import { serve } from '../../cli/run-cli.ts';
import { answering, startSentryServer, taken } from '../sinks/support/sentry-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { datagram } from '../support/lines.ts';
import { numberOf, numbersOf, range } from '../support/numbered.ts';
import { archived, memorySink, namesOf, runRouter, sendRaw } from '../support/running-router.ts';

// What routers of Metlog got wrong before this one, each held against the whole of it: datagrams to the receiving thread, routes, sinks, archive.

/** Sinks may wait a second or two after a failure. */
const AFTER_FAILURES = { timeout: 25_000 };

describe('an exception', () => {
  it('in a sink is told, and the sink goes on with what it had and with what comes', async () => {
    const { sink, factory } = memorySink();
    const faults: (() => unknown)[] = [
      () => {
        throw new TypeError('cannot read properties of undefined');
      },
      () => Promise.reject(undefined),
      () => 'nonsense',
    ];
    const broken: SinkFactory = async (context) => {
      const whole = await factory(context);
      return { ...whole, write: (batch, signal) => (faults.shift()?.() ?? whole.write(batch, signal)) as never };
    };
    const { router, warnings } = await runRouter({
      sinks: { broken },
      routes: [{ match: {}, to: ['broken'] }],
    });
    await sendRaw(router, datagram('a', 0, 3));
    await expect.poll(() => sink.messages, AFTER_FAILURES).toHaveLength(3);
    await sendRaw(router, datagram('a', 3, 2));
    await expect.poll(() => namesOf(sink.messages)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(warnings).toContainEqual(
      expect.stringMatching(/^broken: writing failed: .*cannot read properties of undefined.*; 3 messages wait$/),
    );
    const stats = await router.stats();
    expect(stats.sinks['broken']).toMatchObject({ routed: 5, delivered: 5, failures: 3, deadLettered: 0 });
  });

  it('of the archive is told, and the archive goes on once it can', async () => {
    const { router, config, warnings } = await runRouter({ journal: { segmentMs: 100 } });
    const archive = join(config.dataDir, 'archive');
    const count = async (): Promise<number> => (await archived(config.dataDir, 'seq')).length;
    await sendRaw(router, datagram('a', 0, 3));
    await expect.poll(count).toBe(3);
    await rename(archive, `${archive}.away`);
    await writeFile(archive, 'no folder');
    await sendRaw(router, datagram('a', 3, 3));
    await expect.poll(() => warnings).toContainEqual(expect.stringContaining('archiving failed'));
    await rm(archive);
    await rename(`${archive}.away`, archive);
    await expect.poll(count, AFTER_FAILURES).toBe(6);
    await sendRaw(router, datagram('a', 6, 3));
    await expect.poll(count, AFTER_FAILURES).toBe(9);
  });

  it('of the journal is told, what it costs is counted, and the journal goes on once it can', async () => {
    const { sink, factory } = memorySink();
    const { router, config, warnings } = await runRouter({
      sinks: { all: factory },
      routes: [{ match: {}, to: ['all'] }],
      journal: { segmentMs: 50 },
    });
    const journal = join(config.dataDir, 'journal');
    await rename(journal, `${journal}.away`);
    await sendRaw(router, datagram('a', 0, 3));
    await expect.poll(async () => (await router.stats()).journalFailed).toBe(3);
    expect(warnings).toContainEqual(expect.stringContaining('the journal cannot be written'));
    await rename(`${journal}.away`, journal);
    // A second has to pass before it tries again; until then each datagram is one more that is lost and counted.
    let sent = 3;
    await expect
      .poll(async () => {
        await sendRaw(router, datagram('a', sent++, 1));
        return sink.messages.length;
      })
      .toBeGreaterThan(0);
    await expect.poll(async () => (await router.stats()).datagrams).toBe(sent - 2);
    await router.close();
    const { accepted, journalFailed, sinks } = await router.stats();
    expect(accepted + journalFailed).toBe(sent);
    expect(sinks['all']).toMatchObject({ routed: accepted, delivered: accepted });
    expect(await archived(config.dataDir, 'seq')).toHaveLength(accepted);
  });
});

describe('a receiving thread that dies', () => {
  it('takes the process with it, which says why and ends with 1', async () => {
    const dir = await temporaryFolder();
    await cp('dist', join(dir, 'dist'), { recursive: true });
    await cp('package.json', join(dir, 'package.json'));
    await symlink(resolve('node_modules'), join(dir, 'node_modules'));
    // Whoever asks for the book of senders meets a fault.
    await appendFile(
      join(dir, 'dist', 'receiver-thread.js'),
      `import { parentPort as port } from 'node:worker_threads';
       port.on('message', ({ kind }) => { if (kind === 'ledger') throw new Error('a fault of the program'); });`,
    );
    const { child, http, dataDir, stderr } = await serve({ cli: join(dir, 'dist', 'cli.js') });
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    const closed = once(child, 'close'); // `exit` may come before its last words are read
    void fetch(`${http}/api/ledger`).catch(() => undefined);
    expect(await closed).toEqual([1, null]);
    expect(stderr()).toContain('receiving has ended: a fault of the program');
    await expect(access(join(dataDir, 'lock'))).rejects.toThrow('ENOENT');
  });
});

describe('one failing delivery', () => {
  it('stops no output: what comes with it and after it arrives, and what no back end takes is kept with the reason', async () => {
    const server = await startSentryServer();
    let breaks = 1;
    server.reply = (received, response) => {
      const n = numberOf(received);
      if (n === 2 && breaks-- > 0) response.destroy();
      else if (n === 5) answering(400, {}, '{"detail":"invalid event"}')(received, response);
      else taken(received, response);
    };
    const picky = createMemorySink({ name: 'picky' });
    const { router, config, connect } = await runRouter({
      sinks: {
        sentry: { kind: 'sentry', dsn: server.dsn },
        // It does not say which of them it cannot take.
        picky: () => ({
          ...picky,
          write: (batch, signal) =>
            batch.some(({ metadata }) => metadata['n'] === 5)
              ? Promise.reject(new Error('it broke'))
              : picky.write(batch, signal),
        }),
      },
      routes: [{ match: { type: 'exception' }, to: ['sentry', 'picky'] }],
    });
    const metlog = connect();
    for (let n = 0; n < 10; n++) metlog.exception(new Error('no'), { metadata: { n } });
    await metlog.flush();
    const books = async (): Promise<unknown> => {
      const { sinks } = await router.stats();
      return Object.values(sinks).map(({ delivered, deadLettered, waiting }) => [delivered, deadLettered, waiting]);
    };
    await expect.poll(books, AFTER_FAILURES).toEqual([
      [9, 1, 0],
      [9, 1, 0],
    ]);
    for (let n = 10; n < 12; n++) metlog.exception(new Error('no'), { metadata: { n } });
    await metlog.flush();
    await expect.poll(books).toEqual([
      [11, 1, 0],
      [11, 1, 0],
    ]);
    expect(numbersOf(server)).toEqual(range(0, 12));
    const letters = (sink: string): Promise<string> =>
      readFile(join(config.dataDir, 'dead-letter', `${sink}.ndjson`), 'utf8');
    expect(JSON.parse(await letters('sentry'))).toMatchObject({
      reason: 'answered 400: invalid event',
      message: { metadata: { n: 5 } },
    });
    expect(JSON.parse(await letters('picky'))).toMatchObject({ reason: 'it broke', message: { metadata: { n: 5 } } });
    expect(picky.messages.map(({ metadata }) => metadata['n'])).toEqual(range(0, 12).filter((n) => n !== 5));
  });
});
