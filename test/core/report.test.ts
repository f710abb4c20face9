import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/decode.ts';
import { DROP_REASONS } from '../../src/core/drop-reason.ts';
import { REPORT_TYPE, encodeReport, type SenderReport } from '../../src/core/report.ts';
import { REPORT_MS } from '../../src/core/reporter.ts';
import type { MetlogOptions } from '../../src/core/options.ts';
import type { Message } from '../../src/core/schema.ts';
import { createCoreClient } from '../../src/core/client.ts';
import { FULL_PARTS } from '../../src/core/full-parts.ts';
import { resolveOptions } from '../../src/core/options.ts';
import {
  createManualPlatform,
  createMemoryTransport,
  createTestMetlog,
  type MemoryTransport,
} from '../../src/testing/index.ts';

const isReport = ({ type }: Message): boolean => type === REPORT_TYPE;
const reportsOf = (transport: MemoryTransport | undefined): SenderReport[] =>
  (transport?.messages() ?? []).filter(isReport).map(({ metadata }) => metadata as unknown as SenderReport);

function setUp(options: MetlogOptions = {}) {
  const test = createTestMetlog({ logger: 'shop', strict: false, onError: () => undefined, ...options });
  return { ...test, reports: (index = 0) => reportsOf(test.transports[index]) };
}

/** A client as its runtime has it, which can tell it that the process ends. */
function setUpRuntime(datagramBytes = 1_432) {
  const platform = createManualPlatform();
  const transport = createMemoryTransport(platform, { datagramBytes });
  const client = createCoreClient(resolveOptions({ logger: 'shop' }, {}, 'memory:'), {
    ...FULL_PARTS,
    platform,
    openTransport: () => transport,
    addressOf: () => 'memory:',
    onClosed: () => undefined,
  });
  return { ...client, platform, transport, reports: () => reportsOf(transport) };
}

describe('a sender', () => {
  it('says nothing of itself before it has said something else', async () => {
    const { metlog, platform, transports } = setUp();
    platform.advance(10 * REPORT_MS);
    expect(platform.timerCount).toBe(0);
    await metlog.close();
    expect(transports[0]?.attemptCount).toBe(0);
  });

  it('reports each minute from its first datagram on, also when idle since', () => {
    const { metlog, platform, reports } = setUp();
    metlog.incr('a');
    platform.advance(100 + REPORT_MS - 1);
    expect(reports()).toEqual([]);
    platform.advance(1);
    expect(reports()).toEqual([
      { accepted: 1, sent: 0, queued: 1, merged: 0, dropped: {}, ageMs: REPORT_MS, final: false },
    ]);
    platform.advance(3 * REPORT_MS);
    expect(reports()).toHaveLength(1); // the first is under way
  });

  it('reports what became of every call so far, each minute anew', async () => {
    const { metlog, platform, reports } = setUp({
      filters: [(message) => (message.type === 'gauge' ? null : message)],
    });
    metlog.incr('');
    metlog.gauge('a', 1);
    metlog.incr('b');
    await metlog.flush();
    platform.advance(REPORT_MS);
    await platform.settle();
    metlog.incr('c');
    platform.advance(REPORT_MS);
    await platform.settle();
    platform.advance(REPORT_MS);
    const book = { queued: 0, merged: 0, dropped: { invalid: 1, filtered: 1 }, final: false };
    expect(reports()).toEqual([
      { ...book, accepted: 3, sent: 1, ageMs: REPORT_MS },
      { ...book, accepted: 4, sent: 1, queued: 1, ageMs: 2 * REPORT_MS },
      { ...book, accepted: 4, sent: 2, ageMs: 3 * REPORT_MS },
    ]);
  });

  it('closes with a last message that says how its book ended', async () => {
    const { metlog, platform, transports, reports } = setUp({ aggregate: true });
    for (let i = 0; i < 5; i++) metlog.incr('a');
    metlog.incr('');
    await metlog.flush();
    platform.advance(2_000);
    metlog.incr('b');
    await metlog.close();
    expect(reports()).toEqual([
      { accepted: 7, sent: 2, queued: 0, merged: 4, dropped: { invalid: 1 }, ageMs: 2_000, final: true },
    ]);
    expect(transports[0]?.messages().at(-1)?.type).toBe(REPORT_TYPE);
    expect(platform.timerCount).toBe(0);
    expect(metlog.stats).toMatchObject({ accepted: 7, sent: 2 }); // the report is on neither side
  });

  it('waits for its last report no longer than it may take to close', async () => {
    const { metlog, platform, transports } = setUp();
    metlog.incr('a');
    await metlog.flush();
    transports[0]?.next('hang');
    const closed = metlog.close(500);
    await platform.settle();
    expect(platform.holdCount).toBe(1);
    platform.advance(500);
    await closed;
    expect(transports[0]?.isClosed).toBe(true);
    expect(platform.holdCount).toBe(0);
  });

  it('closes when its destination is left, and the next one begins a book of its own', async () => {
    const { metlog, reports } = setUp();
    metlog.incr('');
    metlog.incr('a');
    await metlog.flush();
    metlog.incr('waits for the other');
    metlog.setMetlogDest('memory:other');
    metlog.incr('');
    metlog.incr('b');
    await metlog.close();
    expect(reports(0)).toEqual([
      { accepted: 3, sent: 1, queued: 1, merged: 0, dropped: { invalid: 1 }, ageMs: 0, final: true },
    ]);
    expect(reports(1)).toEqual([
      { accepted: 3, sent: 2, queued: 0, merged: 0, dropped: { invalid: 1 }, ageMs: 0, final: true },
    ]);
  });

  it('carries on the book of a sender that nobody heard of', async () => {
    const { metlog, transports, reports } = setUp();
    transports[0]?.next({ status: 'refused', reason: 'refused', cause: 'no' });
    metlog.incr('a');
    await metlog.flush();
    metlog.setMetlogDest('memory:other');
    metlog.incr('b');
    await metlog.close();
    expect(reports(0)).toEqual([]);
    expect(reports(1)).toMatchObject([{ accepted: 2, sent: 1, dropped: { refused: 1 } }]);
  });

  it('passes no filter and no listener with its report', async () => {
    const seen: string[] = [];
    const { metlog, reports } = setUp({ filters: [(message) => (message.type === 'counter' ? message : null)] });
    metlog.use({ name: 'listener', onMessage: ({ type }) => seen.push(type) });
    metlog.incr('a');
    await metlog.close();
    expect(reports()).toHaveLength(1);
    expect(seen).toEqual(['counter']);
  });

  it('closes in the last datagram of a process that ends, and again with whatever is said after it', () => {
    const { metlog, shipAtExit, transport, reports } = setUpRuntime();
    metlog.incr('a');
    shipAtExit();
    expect(transport.datagrams).toHaveLength(1);
    expect(transport.messages().map(({ type }) => type)).toEqual(['counter', REPORT_TYPE]);
    metlog.incr('b');
    expect(transport.messages().map(({ type }) => type)).toEqual(['counter', REPORT_TYPE, 'counter', REPORT_TYPE]);
    expect(reports().map(({ accepted, queued, final }) => [accepted, queued, final])).toEqual([
      [1, 1, true],
      [2, 2, true],
    ]);
  });

  it('stands in no count of what the other side refused', async () => {
    const { metlog, shipAtExit, transport, platform } = setUpRuntime();
    transport.next({ status: 'sent', refusedCount: 2 });
    metlog.incr('a');
    shipAtExit();
    await platform.settle();
    expect(metlog.stats).toEqual({ accepted: 1, sent: 0, queued: 0, merged: 0, dropped: { refused: 1 } });
  });

  it('closes in a datagram of its own where the last is full, or nothing waits', async () => {
    const full = setUpRuntime(500);
    full.metlog.send('x', { payload: 'y'.repeat(59_500) });
    full.shipAtExit();
    expect(full.transport.datagrams).toHaveLength(2);
    expect(full.reports()).toHaveLength(1);

    const nearlyFull = setUpRuntime();
    nearlyFull.metlog.send('x', { payload: 'y'.repeat(1_000) });
    nearlyFull.shipAtExit();
    expect(nearlyFull.transport.messages().map(({ type }) => type)).toEqual(['x', REPORT_TYPE]);
    expect(nearlyFull.transport.datagrams).toHaveLength(2);

    const long = setUpRuntime();
    long.shipAtExit();
    long.metlog.send('x', { payload: 'y'.repeat(2_000) });
    expect(long.transport.datagrams).toHaveLength(1);
    expect(long.reports()).toHaveLength(1);

    const idle = setUpRuntime();
    idle.metlog.incr('a');
    await idle.metlog.flush();
    idle.shipAtExit();
    expect(idle.transport.datagrams).toHaveLength(2);
    expect(idle.reports()).toMatchObject([{ sent: 1, queued: 0, final: true }]);
  });
});

describe('encodeReport', () => {
  it('writes a line that the router copies as it is, and that fits beside others whatever its numbers', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, most]));
    const report = { accepted: most, sent: most, queued: most, merged: most, dropped, ageMs: most, final: false };
    const line = encodeReport(report, Date.UTC(2026, 0, 1));
    expect(line.length).toBeLessThan(640);
    expect(line.startsWith('{"type":"metlog.report"')).toBe(true);
    expect(decode(`{"metlog":1,"logger":"shop"}\n${line}\n`, 0)).toMatchObject({ batches: [{ lines: [line] }] });
  });
});
