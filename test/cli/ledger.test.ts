import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ledgerText } from '../../src/cli/ledger-text.ts';
import { textWidth } from '../../src/cli/terminal-text.ts';
import type { PathBooks, RouterBooks } from '../../src/report/books.ts';
import type { Ledger } from '../../src/report/ledger.ts';
import { readLedger } from '../../src/report/read-ledger.ts';
import { createMemoryRouter } from '../report/memory-router.ts';
import { aPath, aRelayBook, aRow, aSink, BUSY_BOOKS, HOUR_MS } from '../report/some-books.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, serve } from './run-cli.ts';

const NOW_MS = Date.parse('2026-11-22T10:44:00.000Z');
const THIS_HOUR_MS = Date.parse('2026-11-22T10:00:00.000Z');
const SINCE = { sinceMs: Date.parse('2026-11-19T08:00:00.000Z') };
/** Colours, a title, a cursor that moves, a turned direction, a line of its own. */
const HOSTILE = '\u001b[31m\u001b]0;owned\u0007\u001b[2J\u202egnp\n! all is well';

const ledgerOf = (books: Partial<RouterBooks>, path: Partial<PathBooks> = {}): Promise<Ledger> =>
  readLedger(
    createMemoryRouter(books, path),
    { stats: () => aRelayBook() },
    { now: () => NOW_MS },
    NOW_MS - 3 * HOUR_MS,
  );

const textOf = async (
  books: Partial<RouterBooks>,
  path: Partial<PathBooks> = {},
  screen: { columns?: number; isColoured?: boolean } = {},
): Promise<string> =>
  ledgerText(await ledgerOf(books, path), 'http://127.0.0.1:5566', {
    columns: screen.columns,
    isColoured: screen.isColoured ?? false,
  });

const BUSY_PATH = aPath(
  [
    aRow({ hourMs: THIS_HOUR_MS, began: 4, numbered: 48_000, received: 47_810, missing: 190, silent: 3 }),
    aRow({ logger: 'payments.worker', hourMs: THIS_HOUR_MS, began: 2, numbered: 91_200, received: 91_200 }),
    aRow({ logger: 'web', hourMs: null, began: 9, numbered: 7_200_000, received: 7_199_000, missing: 900 }),
  ],
  {
    ...SINCE,
    senders: { open: 2, closed: 4, silent: 3, evicted: 0 },
    worst: [{ sender: '9f3kq2Ab_-x81Qza', logger: 'shop', next: 1_041, missing: 48, seenMs: NOW_MS }],
  },
);

describe('ledgerText', () => {
  it('fits eighty columns, what is wrong first', async () => {
    const text = await textOf(BUSY_BOOKS, BUSY_PATH, { columns: 80 });
    expect(text).toBe(`metlog at http://127.0.0.1:5566, up 3 h

! ≥ 0.14 % missing in the last 24 hours (190 of 139,200), 3 senders ended
  silently
! the kernel dropped 12 datagrams (likely cause of what is missing)
! 5 lines or datagrams refused: bad-signature 3, not-json 2
! sink statsd left out 7 messages: cardinality 7
! sink sentry is failing (open), 1,204 messages waiting for 12 min: connect
  ECONNREFUSED 127.0.0.1:9000
! sink sentry: 2 messages expired before it took them
! sink sentry: 4 messages in its dead letters; once the fault is fixed: metlog
  replay sentry
! 3 messages cannot be read in the journal, and went to no sink
! up to 5 messages waited for a sink that is not configured any more

path                numbered   received  missing      share  silent
last 24 hours        139,200    139,010      190   ≥ 0.14 %       3
since 2026-11-19   7,339,200  7,338,010    1,090  ≥ 0.015 %       3
  web              7,200,000  7,199,000      900  ≥ 0.013 %       0
  shop                48,000     47,810      190    ≥ 0.4 %       3
  payments.worker     91,200     91,200        0        0 %       0
uncounted: 100, of which nobody can say whether they were lost
senders now: 2 open, 4 closed, 3 silent
  9f3kq2Ab_-x81Qza of shop: 48 of 1,041 missing so far

sinks   state  routed =  delivered +  waiting +  dead +  expired  behind
statsd  ready    30,000       30,000          0       0        0
sentry  open      1,500          290      1,204       4        2  12 min
since the start of the process 3 h ago, and what waited then
40 messages matched no route
3 messages cannot be read in the journal, and went to no sink
up to 5 messages waited for a sink that is not configured any more

input    1,200 datagrams, 48,000 messages: 47,990 accepted, 8 duplicates, 5
         refused, 0 not journaled, 0 pending
socket   12 datagrams dropped by the kernel; receive buffer 4 MiB
archive  waiting 0, expired 0, set aside 0, failures 0, excepted 0
journal  0 segments to be read, 0 B
`);
  });

  it('says where the archive is copied to, and what waits for it', async () => {
    const copy = {
      url: 'hdfs://nn1:9870/metlog',
      waitingFiles: 2,
      waitingBytes: 3_072,
      waitingMessages: 50,
      copiedFiles: 7,
      copiedBytes: 1_048_576,
      copiedMessages: 10_000,
      failures: 3,
      conflicts: 0,
      expired: 0,
      trouble: undefined,
    };
    const archive = { waiting: 0, failures: 0, setAside: 0, expired: 0, excepted: 0, copy };
    expect(await textOf({ archive })).toContain(
      '\ncopy     hdfs://nn1:9870/metlog: 7 files of 10,000 messages, 1 MiB copied; 2 files of 50 messages, 3 KiB waiting; failures 3, conflicts 0, expired 0\n',
    );
  });

  it('says that nothing is known to be lost, that nobody sent, and that there are no sinks', async () => {
    const text = await textOf({ recvBuffer: { askedBytes: 4_194_304, grantedBytes: 4_194_304 } });
    expect(text).toContain('\nnothing is known to be lost\n');
    expect(text).toContain('\npath  no sender that numbers its messages has been heard of\n');
    expect(text).toContain('\nsinks  none: everything goes to the archive alone\n');
  });

  it('says that what was lost is unknown where a sender ended silently', async () => {
    const row = aRow({ hourMs: THIS_HOUR_MS, began: 1, numbered: 5, received: 5, silent: 1 });
    expect(await textOf({}, aPath([row], SINCE))).toMatch(/\n {2}shop +5 +5 +0 +\? +1\n/);
  });

  it('shows how much of the receive buffer was granted, and what the system does not tell', async () => {
    const recvBuffer = { askedBytes: 4_194_304, grantedBytes: 212_992 };
    expect(await textOf({ recvBuffer, socketDrops: undefined })).toContain(
      'socket   the system does not tell what it dropped; receive buffer 208 KiB of 4 MiB\n',
    );
  });

  it('names ten loggers, the worst first, and says how many more there are', async () => {
    const rows = Array.from({ length: 12 }, (_, n) => aRow({ logger: `l${n}`, began: 1, numbered: 9, missing: n }));
    const text = await textOf({}, aPath(rows, SINCE));
    expect(text.match(/^ {2}l\d+/gm)).toEqual(
      ['l11', 'l10', 'l9', 'l8', 'l7', 'l6', 'l5', 'l4', 'l3', 'l2'].map((l) => `  ${l}`),
    );
    expect(text).toContain('\n  and 2 loggers more\n');
  });

  it.each([80, 100, 300])(
    'keeps to %i columns when names are long and numbers large, and keeps the numbers whole',
    async (columns) => {
      const name = 'a.sink-with-the-longest-name-that-a-configuration-may-hold-64ch';
      const sinks = {
        [name]: aSink({
          routed: 1_204_500,
          delivered: 1_204_477,
          waiting: 23,
          state: 'resting',
          trouble: 'no '.repeat(90),
        }),
      };
      const row = aRow({ logger: 'l'.repeat(200), began: 1, numbered: 1_204_500, received: 1_204_500 });
      const text = await textOf({ sinks }, aPath([row], SINCE), { columns });
      expect(text.split('\n').filter((line) => textWidth(line) > columns)).toEqual([]);
      expect(text).toContain('1,204,477');
    },
  );

  it('has colours only where it is told to, and the same text with them', async () => {
    const plain = await textOf(BUSY_BOOKS, BUSY_PATH, { columns: 80 });
    const colourful = await textOf(BUSY_BOOKS, BUSY_PATH, { columns: 80, isColoured: true });
    expect(plain).not.toContain('\u001b');
    expect(colourful).toContain('\u001b[31mopen\u001b[39m');
    expect(colourful).toContain('\u001b[32mready\u001b[39m');
    expect(colourful.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('lets nothing that came from outside act on the terminal', async () => {
    const sinks = { [HOSTILE]: aSink({ trouble: HOSTILE, leftOut: { [HOSTILE]: 1 }, waiting: 1 }) };
    const worst = [{ sender: HOSTILE, logger: HOSTILE, next: 2, missing: 1, seenMs: NOW_MS }];
    const row = aRow({
      logger: HOSTILE,
      began: 1,
      numbered: 2,
      missing: 1,
      hourMs: THIS_HOUR_MS,
      dropped: { [HOSTILE]: 1 },
    });
    for (const columns of [undefined, 80]) {
      const text = await textOf({ sinks, refused: { [HOSTILE]: 1 } }, aPath([row], { ...SINCE, worst }), {
        ...(columns !== undefined && { columns }),
      });
      expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
      expect(text).not.toMatch(/^! all is well/m);
    }
  });
});

/** A server that answers everything so. */
async function serverOf(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('metlog ledger', () => {
  it('shows what a running serve received', async () => {
    const serving = await serve();
    await runCli(['send', 'order.placed', '--logger', 'shop', '--dest', serving.udp]);
    const ask = (): Promise<string> => runCli(['ledger', '--url', serving.http]).then(({ stdout }) => stdout);
    await expect.poll(ask).toMatch(/\n {2}shop +2 +2 +0 +0 % +0\n/); // the message, and its sender's report
    const { code, stdout, stderr } = await runCli(['ledger', '--url', serving.http, '--format', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      input: { accepted: 2, refused: {} },
      path: { isExact: true, total: { received: 2, missing: 0 }, byLogger: [{ logger: 'shop' }] },
      sinks: {},
    });
    expect(stdout).toMatch(/^\{\n {2}"at": /);
  });

  it('prints JSON in which nothing acts on a terminal', async () => {
    const ledger = await ledgerOf({ sinks: { [HOSTILE]: aSink({ trouble: HOSTILE }) } });
    const url = await serverOf(200, JSON.stringify(ledger));
    const { code, stdout } = await runCli(['ledger', '--url', url, '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(ledger);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it.each([
    [200, '<h1>hello</h1>', 'did not answer with books; is it a `metlog serve`?'],
    [200, '{"notes":1}', 'did not answer with books; is it a `metlog serve`?'],
    [500, '{"error":"the request failed inside"}', 'the request failed inside'],
    [404, 'nothing', 'answered 404; is it a `metlog serve`?'],
  ])('exits with 1 and one line when the answer is %i %s', async (status, body, said) => {
    const { code, stdout, stderr } = await runCli(['ledger', '--url', await serverOf(status, body)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^metlog ledger: .*\n$/);
    expect(stderr).toContain(said);
  });

  it('exits with 1 when nobody answers', async () => {
    const http = `http://127.0.0.1:${await freePort()}`;
    expect(await runCli(['ledger', '--url', http])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog ledger: nobody answers at ${http} (ECONNREFUSED); is \`metlog serve\` running?\n`,
    });
  });

  it.each([
    [['--format', 'xml'], '--format must be one of table, json, got "xml"'],
    [['--url', 'nowhere'], '--url must be an address such as http://127.0.0.1:5566, got "nowhere"'],
    [['statsd'], 'unexpected argument "statsd"; wanted: metlog ledger [options]'],
  ])('exits with 2 when it is called with %j', async (args, said) => {
    expect(await runCli(['ledger', ...args])).toEqual({ code: 2, stdout: '', stderr: `metlog ledger: ${said}\n` });
  });
});
