import { describe, expect, it } from 'vitest';
import type { PathBooks, RelayBook, RouterBooks } from '../../src/report/books.ts';
import type { Ledger } from '../../src/report/ledger.ts';
import { readLedger } from '../../src/report/read-ledger.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aPath, aRelayBook, aRow, aSink, BUSY_BOOKS, BUSY_RELAY, HOUR_MS } from './some-books.ts';

const NOW_MS = Date.parse('2026-11-22T10:44:00.000Z');
const THIS_HOUR_MS = Date.parse('2026-11-22T10:00:00.000Z');

const read = (
  books: Partial<RouterBooks> = {},
  path: Partial<PathBooks> = {},
  relay: RelayBook = aRelayBook(),
): Promise<Ledger> =>
  readLedger(createMemoryRouter(books, path), { stats: () => relay }, { now: () => NOW_MS }, NOW_MS - HOUR_MS);

const notesOf = async (books: Partial<RouterBooks>, path?: Partial<PathBooks>): Promise<readonly string[]> =>
  (await read(books, path)).notes;

const senders = (given: Partial<PathBooks['senders']> = {}): PathBooks['senders'] => ({
  open: 0,
  closed: 0,
  silent: 0,
  evicted: 0,
  ...given,
});

describe('readLedger', () => {
  it('has every book of the router in its place', async () => {
    const ledger = await read(
      BUSY_BOOKS,
      aPath([aRow({ hourMs: THIS_HOUR_MS, numbered: 10, received: 9, missing: 1 })]),
    );
    expect(ledger).toMatchObject({
      at: '2026-11-22T10:44:00.000Z',
      startedAt: '2026-11-22T09:44:00.000Z',
      input: {
        datagrams: 1_200,
        read: 1_197,
        accepted: 47_990,
        refused: { 'bad-signature': 3 },
        chunks: { joined: 0 },
      },
      socket: { droppedDatagrams: 12, receiveBuffer: { askedBytes: 4_194_304, grantedBytes: 4_194_304 } },
      path: { since: '1970-01-01T00:00:00.000Z', total: { numbered: 10, received: 9, missing: 1, uncounted: 0 } },
      sinks: {
        statsd: { state: 'ready', trouble: null, routed: 30_000 },
        sentry: { state: 'open', trouble: 'connect ECONNREFUSED 127.0.0.1:9000', waiting: 1_204 },
      },
      unmatched: 40,
      unread: 3,
      abandoned: 5,
      archive: { waiting: 0, setAside: 0, expired: 0 },
      journal: { segments: 0, setAside: { files: 0 } },
    });
    expect(Object.keys(ledger.input)).not.toContain('sinks');
  });

  it("has the relay's book, and says what it refused", async () => {
    const { relay, notes } = await read({}, {}, BUSY_RELAY);
    expect(relay).toEqual(BUSY_RELAY);
    expect(notes).toEqual(['14 HTTP requests to the relay refused: rate-limited 12, bad-key 2']);
  });

  it('says null where the system does not tell what it dropped', async () => {
    expect((await read({ socketDrops: undefined })).socket.droppedDatagrams).toBeNull();
  });

  it('adds the path up by logger, worst first, and by hour, newest first', async () => {
    const rows = [
      aRow({ logger: 'shop', hourMs: THIS_HOUR_MS, numbered: 10, received: 10 }),
      aRow({ logger: 'pay', hourMs: THIS_HOUR_MS, numbered: 5, received: 3, missing: 2, dropped: { 'queue-full': 1 } }),
      aRow({ logger: 'pay', hourMs: THIS_HOUR_MS - HOUR_MS, numbered: 7, received: 7, dropped: { 'queue-full': 2 } }),
      aRow({ logger: 'old', hourMs: null, numbered: 90, received: 90 }),
    ];
    const { path } = await read({}, aPath(rows));
    expect(path.byLogger.map(({ logger, received, missing, dropped }) => [logger, received, missing, dropped])).toEqual(
      [
        ['pay', 10, 2, { 'queue-full': 3 }],
        ['old', 90, 0, {}],
        ['shop', 10, 0, {}],
      ],
    );
    expect(path.byHour.map(({ hour, numbered }) => [hour, numbered])).toEqual([
      ['2026-11-22T10:00:00.000Z', 15],
      ['2026-11-22T09:00:00.000Z', 7],
      [null, 90],
    ]);
    expect(path.rows.map(({ logger, hour }) => [logger, hour])).toEqual([
      ['shop', '2026-11-22T10:00:00.000Z'],
      ['pay', '2026-11-22T10:00:00.000Z'],
      ['pay', '2026-11-22T09:00:00.000Z'],
      ['old', null],
    ]);
  });

  it('counts as the last day this hour and the 23 before it', async () => {
    const rows = [0, 23, 24].map((hoursAgo) => aRow({ hourMs: THIS_HOUR_MS - hoursAgo * HOUR_MS, missing: 1 }));
    const { path } = await read({}, aPath([...rows, aRow({ hourMs: null, missing: 1 })]));
    expect([path.lastDay.missing, path.total.missing]).toEqual([2, 4]);
  });

  it('lists a thousand rows, and says how many more there are', async () => {
    const rows = Array.from({ length: 1_003 }, (_, n) => aRow({ logger: `l${n}`, missing: 1 }));
    const { path } = await read({}, aPath(rows));
    expect([path.rows.length, path.rowsLeftOut, path.total.missing]).toEqual([1_000, 3, 1_003]);
  });

  it('calls missing exact only when nobody can add to it', async () => {
    const closed = aPath([aRow({ closed: 1, numbered: 1, missing: 1 })]);
    expect((await read({}, { ...closed, senders: senders({ closed: 1 }) })).path.isExact).toBe(true);
    expect((await read({}, { ...closed, senders: senders({ open: 1 }) })).path.isExact).toBe(false);
    expect((await read({}, aPath([aRow({ silent: 1 })]))).path.isExact).toBe(false);
    expect((await read({}, aPath([aRow({ closed: 1, numbered: 9 })]))).path.isExact).toBe(false);
    expect((await read({}, aPath([], { senders: senders({ evicted: 1 }) }))).path.isExact).toBe(false);
  });
});

describe('the notes', () => {
  it('are none while all is well', async () => {
    const sinks = { statsd: aSink({ routed: 10, delivered: 8, waiting: 2, state: 'writing', lagMs: 4 }) };
    const path = aPath([aRow({ hourMs: THIS_HOUR_MS, numbered: 10, received: 10, dropped: { filtered: 90 } })]);
    expect(await notesOf({ sinks, unmatched: 40, socketDrops: 0 }, path)).toEqual([]);
    expect(await notesOf({ socketDrops: undefined })).toEqual([]);
  });

  it('say at least how much is missing, and that senders ended silently', async () => {
    const row = aRow({ hourMs: THIS_HOUR_MS, numbered: 12_000, received: 11_952, missing: 48, silent: 3 });
    expect(await notesOf({}, aPath([row]))).toEqual([
      '≥ 0.4 % missing in the last 24 hours (48 of 12,000), 3 senders ended silently',
    ]);
    expect(await notesOf({}, aPath([{ ...row, silent: 0 }], { senders: senders({ open: 1 }) }))).toEqual([
      '≥ 0.4 % missing in the last 24 hours (48 of 12,000)',
    ]);
  });

  it('say exactly how much is missing once every sender has closed its book', async () => {
    const row = aRow({ hourMs: THIS_HOUR_MS, numbered: 3, received: 2, missing: 1, closed: 1 });
    expect(await notesOf({}, aPath([row]))).toEqual(['33 % missing in the last 24 hours (1 of 3)']);
  });

  it('say that a tail is unknown although nothing is known to be missing', async () => {
    expect(await notesOf({}, aPath([aRow({ hourMs: THIS_HOUR_MS, silent: 1 })]))).toEqual([
      '1 sender ended silently in the last 24 hours: what they sent last is unknown',
    ]);
  });

  it('keep quiet of a loss that is older than a day', async () => {
    expect(await notesOf({}, aPath([aRow({ hourMs: null, numbered: 10, missing: 5, silent: 2 })]))).toEqual([]);
  });

  it('name the kernel as the likely cause, and subtract nothing', async () => {
    const path = aPath([aRow({ hourMs: THIS_HOUR_MS, numbered: 100, received: 90, missing: 10 })]);
    expect(await notesOf({ socketDrops: 12 }, path)).toEqual([
      '10 % missing in the last 24 hours (10 of 100)',
      'the kernel dropped 12 datagrams (likely cause of what is missing)',
    ]);
    expect(await notesOf({ socketDrops: 1 })).toEqual([
      'the kernel dropped 1 datagram (none of it is known to be missing yet)',
    ]);
  });

  it.runIf(process.platform === 'linux')('say how to get the receive buffer that was asked for', async () => {
    expect(await notesOf({ recvBuffer: { askedBytes: 4_194_304, grantedBytes: 212_992 } })).toEqual([
      'the receive buffer has 212,992 of 4,194,304 bytes, and bursts may be lost; allow it with: sysctl -w net.core.rmem_max=4194304',
    ]);
  });

  it('say what stands between the archive and its copy', async () => {
    const copy = {
      url: 'hdfs://nn1:9870/metlog',
      waitingFiles: 2,
      waitingBytes: 3_000,
      waitingMessages: 50,
      copiedFiles: 7,
      copiedBytes: 9_000,
      copiedMessages: 100,
      failures: 3,
      conflicts: 1,
      expired: 12,
      trouble: 'hdfs://nn1:9870 does not answer',
    };
    const archive = { waiting: 0, failures: 0, setAside: 0, expired: 0, excepted: 0, copy };
    expect(await notesOf({ archive })).toEqual([
      'the archive is not copied to hdfs://nn1:9870/metlog, 2 files of 50 messages and 3,000 bytes waiting: hdfs://nn1:9870 does not answer',
      '1 file not copied to hdfs://nn1:9870/metlog: other content has the name there, or part of the messages may be there already',
      '12 messages expired before they were copied to hdfs://nn1:9870/metlog',
    ]);
    const well = { ...copy, trouble: undefined, conflicts: 0, expired: 0 };
    expect(await notesOf({ archive: { ...archive, copy: well } })).toEqual([]);
  });

  it('say what was refused, what senders dropped, and what could not be kept', async () => {
    const books: Partial<RouterBooks> = {
      refused: { 'not-json': 1, 'bad-signature': 12, stale: 0 },
      journalFailed: 2,
      unread: 3,
      abandoned: 5,
      archive: { waiting: 9, failures: 1, setAside: 0, expired: 5, excepted: 9 },
      journal: {
        segments: 1,
        bytes: 10,
        setAside: { files: 1, bytes: 2_000, deletedFiles: 3 },
        torn: { segments: 1, bytes: 17 },
      },
    };
    const path = aPath([
      aRow({ hourMs: THIS_HOUR_MS, implausible: 2, dropped: { 'queue-full': 9, filtered: 50, unreachable: 10 } }),
    ]);
    expect(await notesOf(books, { ...path, senders: senders({ evicted: 4 }) })).toEqual([
      '2 gaps of more than a million in the last 24 hours, not counted as missing',
      'senders dropped 19 messages themselves in the last 24 hours: unreachable 10, queue-full 9; those with unreachable have numbers, and are among the missing',
      '4 senders had to be forgotten, as there are too many',
      '2 messages could not be written to the journal',
      '13 lines or datagrams refused: bad-signature 12, not-json 1',
      '3 messages cannot be read in the journal, and went to no sink',
      'up to 5 messages waited for a sink that is not configured any more',
      '5 messages expired before they were archived',
      '1 journal segment of 2,000 bytes could not be read, set aside as .bad',
      '3 segments that had been set aside deleted to make room',
      'a crash tore 1 journal segment: 17 bytes cut off',
    ]);
  });

  it.each([
    [{ 'queue-full': 2 }, 'queue-full 2'],
    [
      { closed: 2, 'too-large': 0 },
      'closed 2, too-large 0; some of those with closed have numbers, and are among the missing',
    ],
    [
      { 'send-failed': 3, unresolved: 2, refused: 1 },
      'send-failed 3, unresolved 2, refused 1; those with send-failed or unresolved and some of those with refused have numbers, and are among the missing',
    ],
  ])('say of what senders dropped, %j, what is among the missing', async (dropped, said) => {
    const [note] = await notesOf({}, aPath([aRow({ hourMs: THIS_HOUR_MS, dropped })]));
    expect(note).toMatch(/^senders dropped \d messages themselves in the last 24 hours: /);
    expect(note?.replace(/^[^:]*: /, '')).toBe(said);
  });

  it('do not call a sink failing that is ready after a replay that failed', async () => {
    const sinks = { picky: aSink({ deadLettered: 2, trouble: 'ECONNREFUSED' }) };
    expect(await notesOf({ sinks })).toEqual([
      'sink picky: its last write failed: ECONNREFUSED',
      'sink picky: 2 messages in its dead letters; once the fault is fixed: metlog replay picky',
    ]);
  });

  it('say of each sink what is wrong, and what to do', async () => {
    const { sinks = {} } = BUSY_BOOKS;
    expect(await notesOf({ sinks: { ...sinks, slow: aSink({ state: 'hung', waiting: 1, lagMs: 9_400 }) } })).toEqual([
      'sink statsd left out 7 messages: cardinality 7',
      'sink sentry is failing (open), 1,204 messages waiting for 12 min: connect ECONNREFUSED 127.0.0.1:9000',
      'sink sentry: 2 messages expired before it took them',
      'sink sentry: 4 messages in its dead letters; once the fault is fixed: metlog replay sentry',
      'sink slow is failing (hung), 1 message waiting for 9 s',
    ]);
  });
});
