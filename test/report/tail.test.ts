import { describe, expect, it } from 'vitest';
import { createTail, type Tail, type TailOptions } from '../../src/report/tail.ts';
import { parseTailFilter, type TailFilter } from '../../src/report/tail-filter.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryRouter, type MemoryRouter } from './memory-router.ts';
import { aMessage } from './temp-archive.ts';

function filter(query = ''): TailFilter {
  const parsed = parseTailFilter(new URLSearchParams(query));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.filter;
}

interface Watcher {
  /** The text of the next read. */
  next(): Promise<string>;
  leave(): Promise<void>;
}

async function watch(tail: Tail, query = ''): Promise<Watcher> {
  const reader = tail.open(filter(query))!.getReader();
  const decoder = new TextDecoder();
  const next = async (): Promise<string> => decoder.decode((await reader.read()).value);
  expect(await next()).toContain('retry:');
  return { next, leave: () => reader.cancel() };
}

function tailWith(options?: TailOptions): { tail: Tail; router: MemoryRouter; clock: ManualClock } {
  const router = createMemoryRouter();
  const clock = createManualClock();
  return { tail: createTail(router, clock, options), router, clock };
}

const dataOf = (event: string): unknown => JSON.parse(/^data: ([^\n]*)$/m.exec(event)![1]!);

describe('createTail', () => {
  it('streams each message as an event of one line, with where it came from', async () => {
    const { tail, router } = tailWith();
    const watcher = await watch(tail);
    const message = aMessage({ payload: 'two\nlines\r\n\u2028data: x', logger: 'other' });
    router.journal([message]);
    const event = await watcher.next();
    expect(event).toMatch(/^data: [^\n]*\n\n$/);
    expect(dataOf(event)).toEqual({ ...message, hostname: 'web-1', pid: 42, received: expect.any(String) as string });
  });

  it('leaves out what senders report of themselves, unless it is asked for', async () => {
    const { tail, router } = tailWith();
    const all = await watch(tail, '');
    const reports = await watch(tail, 'type=metlog.*');
    router.journal([aMessage({ type: 'metlog.report', payload: 'a' }), aMessage({ type: 'metlogs', payload: 'b' })]);
    expect(dataOf(await all.next())).toMatchObject({ payload: 'b' });
    expect(dataOf(await reports.next())).toMatchObject({ payload: 'a' });
  });

  it('sends each client only what its filter fits', async () => {
    const { tail, router } = tailWith();
    const orders = await watch(tail, 'type=order.*');
    const grave = await watch(tail, 'severity=3&logger=shop,cart');
    router.journal([
      aMessage({ type: 'order.placed', payload: 'a' }),
      aMessage({ type: 'log', severity: 3, logger: 'cart', payload: 'b' }),
      aMessage({ type: 'log', severity: 3, logger: 'elsewhere', payload: 'c' }),
      aMessage({ type: 'order.paid', payload: 'd', severity: 0 }),
    ]);
    expect([dataOf(await orders.next()), dataOf(await orders.next())]).toMatchObject([
      { payload: 'a' },
      { payload: 'd' },
    ]);
    expect([dataOf(await grave.next()), dataOf(await grave.next())]).toMatchObject([
      { payload: 'b' },
      { payload: 'd' },
    ]);
  });

  it('skips what a slow client has no room for, and tells how many once it reads again', async () => {
    const { tail, router } = tailWith({ maxWaitingBytes: 1_000 });
    const slow = await watch(tail);
    const fast = await watch(tail);
    const payloads: string[] = [];
    for (let index = 0; index < 100; index++) {
      router.journal([aMessage({ payload: String(index) })]);
      payloads.push((dataOf(await fast.next()) as { payload: string }).payload);
    }
    expect(payloads).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    let received = 0;
    for (;;) {
      const event = await slow.next();
      if (event.startsWith('event: gap')) {
        const { skipped } = dataOf(event) as { skipped: number };
        expect(received).toBeLessThan(20);
        expect(received + skipped).toBe(100);
        break;
      }
      received++;
    }
    router.journal([aMessage({ payload: 'after' })]);
    expect(dataOf(await slow.next())).toMatchObject({ payload: 'after' });
  });

  it('counts lines without decoding them while every client is full', async () => {
    const { tail, router } = tailWith({ maxWaitingBytes: 10 });
    const slow = await watch(tail);
    router.journal([aMessage({ payload: 'first' })]);
    router.journal([aMessage(), aMessage()]);
    expect(dataOf(await slow.next())).toMatchObject({ payload: 'first' });
    expect(dataOf(await slow.next())).toEqual({ skipped: 3 }); // their header is a line too
  });

  it('sends no more than perSecond and counts the rest', async () => {
    const { tail, router, clock } = tailWith();
    const watcher = await watch(tail, 'perSecond=2');
    router.journal(Array.from({ length: 10 }, (_, index) => aMessage({ payload: String(index) })));
    expect(dataOf(await watcher.next())).toMatchObject({ payload: '0' });
    expect(dataOf(await watcher.next())).toMatchObject({ payload: '1' });
    clock.advance(1_000);
    router.journal([aMessage({ payload: 'later' })]);
    expect(await watcher.next()).toBe('event: gap\ndata: {"skipped":8}\n\n');
    expect(dataOf(await watcher.next())).toMatchObject({ payload: 'later' });
  });

  it('tells a gap with the next heartbeat if nothing follows', async () => {
    const { tail, router, clock } = tailWith({ heartbeatMs: 15_000 });
    const watcher = await watch(tail, 'perSecond=1');
    router.journal([aMessage(), aMessage()]);
    await watcher.next();
    clock.advance(15_000);
    expect(await watcher.next()).toContain('{"skipped":1}');
    expect(await watcher.next()).toBe(': still here\n\n');
    clock.advance(15_000);
    expect(await watcher.next()).toBe(': still here\n\n');
  });

  it('listens to the router only while somebody watches', async () => {
    const { tail, router } = tailWith();
    expect(router.listenerCount).toBe(0);
    const one = await watch(tail);
    const other = await watch(tail);
    expect(router.listenerCount).toBe(1);
    await one.leave();
    expect(router.listenerCount).toBe(1);
    await other.leave();
    expect(router.listenerCount).toBe(0);
    expect(tail.clientCount).toBe(0);
  });

  it('refuses more clients than maxClients, and takes one again when another has left', async () => {
    const { tail } = tailWith({ maxClients: 1 });
    const watcher = await watch(tail);
    expect(tail.open(filter())).toBeNull();
    await watcher.leave();
    expect(tail.open(filter())).not.toBeNull();
  });

  it('ends every stream when it is closed', async () => {
    const { tail, router } = tailWith();
    const reader = tail.open(filter())!.getReader();
    await reader.read();
    tail.close();
    expect((await reader.read()).done).toBe(true);
    expect(router.listenerCount).toBe(0);
  });
});

describe('parseTailFilter', () => {
  const message = aMessage({
    payload: 'Straße nach Bern\nzweite Zeile',
    metadata: {
      name: 'Login.OK',
      rate: 1,
      ok: true,
      none: null,
      user: { id: 'u-17', tags: ['Blue'] },
      'a.b': 'dots',
      empty: '',
    },
  });

  it.each([
    ['metadata=name=Login.OK', true],
    ['metadata=name=Login.*', true],
    ['metadata=name=login.*', false],
    ['metadata=rate=1', true],
    ['metadata=ok=true', true],
    ['metadata=none=null', true],
    ['metadata=user.id=u-*', true],
    ['metadata=user.tags=["Blue"]', true],
    ['metadata=a.b=dots', true],
    ['metadata=empty=', true],
    ['metadata=name=', false],
    ['metadata=missing=*', false],
    ['metadata=constructor=*', false],
    ['metadata=name=x&metadata=name=Login*', true],
    ['metadata=name=Login*&metadata=rate=2', false],
    ['text=BERN', true],
    ['text=bern%0Azweite', true],
    ['text=login.ok', true],
    ['text=TAGS', true],
    ['text=blue', true],
    ['text=u-17', true],
    ['text=shop', false],
    ['text=bern&metadata=rate=2', false],
    ['text=', true],
    ['logger=sh*', true],
    ['exactLogger=shop', true],
    ['exactLogger=sh*', false],
    ['exactLogger=shop,cart', false],
    ['exactLogger=', true],
    ['exactLogger=shop&logger=cart', false],
  ])('%s fits the message: %s', (query, fits) => {
    expect(filter(query).matches(message)).toBe(fits);
  });

  it.each([
    ['severity=8', 'severity must be a whole number from 0 to 7'],
    ['severity=abc', 'severity must be a whole number from 0 to 7'],
    ['severity=', 'severity must be a whole number from 0 to 7'],
    ['perSecond=0', 'perSecond must be a whole number of at least 1'],
    [`type=${'a,'.repeat(51)}`, 'type takes at most 50 patterns'],
    ['metadata=a=1&'.repeat(51), 'metadata takes at most 50 patterns'],
    ['metadata=region', 'metadata must be key=value'],
    ['typ=a', 'there is no parameter "typ"'],
    ['metadata==eu', 'metadata must be key=value'],
  ])('refuses %s and says what is wanted', (query, message) => {
    expect(parseTailFilter(new URLSearchParams(query))).toEqual({ ok: false, message });
  });

  it('refuses a condition that nobody typed', () => {
    expect(parseTailFilter(new URLSearchParams({ metadata: `${'.'.repeat(12_000)}=x` }))).toEqual({
      ok: false,
      message: 'metadata takes at most 2000 characters',
    });
  });
});
