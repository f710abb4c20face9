import { describe, expect, it } from 'vitest';
import { createMemoryKept, createTestPage } from './support/page.ts';

const failure = { failure: 'no way' };
const busy = { status: 503, body: '', retryAfter: null };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('createPageTransport', () => {
  it('sends with a request that outlives the page, and says that it arrived', async () => {
    const page = createTestPage();
    expect(await page.send(3)).toEqual({ status: 'sent', refusedCount: 0 });
    expect([page.requests, page.arrived]).toEqual([['keepalive'], [0, 1, 2]]);
  });

  it('says how many of its messages the relay refused', async () => {
    const page = createTestPage();
    const body = '{"accepted":1,"refused":[{"line":3,"error":"bad-type"}]}';
    page.outcomes.push({ status: 202, body, retryAfter: null });
    expect(await page.send(2)).toEqual({ status: 'sent', refusedCount: 1 });
  });

  it('tries again as long as there is the page, and no sooner than the relay asks it to', async () => {
    const page = createTestPage();
    page.outcomes.push(busy, failure, { ...busy, retryAfter: '70' });
    const sent = page.send(2);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await page.platform.settle();
      page.platform.advance(2_000);
    }
    await page.platform.settle();
    expect(page.requests).toHaveLength(3);
    page.platform.advance(69_999);
    page.transport.stay(); // which shortens other pauses
    await page.platform.settle();
    expect(page.requests).toHaveLength(3);
    page.platform.advance(4_001);
    expect(await sent).toEqual({ status: 'sent', refusedCount: 0 });
    expect([page.arrived, page.again]).toEqual([[0, 1], []]);
  });

  it('sends nothing else either before the time that the relay asks for', async () => {
    const page = createTestPage();
    page.outcomes.push({ ...busy, retryAfter: '70' });
    const first = page.send(1);
    await page.platform.settle();
    const second = page.send(1);
    page.platform.advance(69_999);
    await page.platform.settle();
    page.transport.leave(false);
    expect([page.requests.length, page.kept.texts.size]).toEqual([1, 2]);
    page.transport.stay();
    page.platform.advance(1_001);
    expect(await Promise.all([first, second])).toMatchObject([{ status: 'sent' }, { status: 'sent' }]);
    expect([page.arrived.sort(), page.again, page.kept.texts.size]).toEqual([[0, 1], [], 0]);
  });

  it('waits as long as the relay asks again where the clock of the page stands', async () => {
    const page = createTestPage();
    page.platform.monotonic = () => 0;
    page.outcomes.push({ ...busy, retryAfter: '70' }, { ...busy, retryAfter: '60' });
    const sent = page.send(1);
    await page.platform.settle();
    page.platform.advance(71_000);
    await page.platform.settle();
    page.platform.advance(59_999);
    await page.platform.settle();
    expect(page.requests).toHaveLength(2);
    page.platform.advance(2_001);
    expect(await sent).toMatchObject({ status: 'sent' });
  });

  it('gives up what the relay will never take', async () => {
    const page = createTestPage();
    page.outcomes.push({ status: 403, body: '', retryAfter: null });
    expect(await page.send(1)).toMatchObject({ status: 'refused', reason: 'refused' });
  });

  it.each([401, 403])('gives up what an earlier page kept and the relay answers with %i', async (status) => {
    const page = createTestPage();
    page.isOnline = false;
    page.transport.hurry?.();
    void page.send(2);
    expect(page.kept.texts.size).toBe(1);

    const next = createTestPage(page.kept);
    next.outcomes.push({ status, body: '', retryAfter: null });
    next.platform.advance(0);
    await next.platform.settle();
    next.platform.advance(600_000);
    await next.platform.settle();
    expect([next.requests, next.kept.texts.size]).toEqual([['keepalive'], 0]);
  });

  it('gives the place of a request that is never answered to another', async () => {
    const page = createTestPage();
    page.isHanging = true;
    const sent = [0, 1, 2, 3].map(() => page.send(1));
    expect(page.requests).toHaveLength(3);
    page.isHanging = false; // from the fourth on
    page.platform.advance(30_000);
    await page.platform.settle();
    expect(page.arrived).toEqual([3]);
    page.platform.advance(1_000);
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'sent']);
    page.release(); // as late as this it counts for nothing
    await page.platform.settle();
    expect([page.arrived.length, page.requests.length]).toEqual([4, 7]);
  });

  it('is closed for good though a request is never answered', async () => {
    const page = createTestPage();
    page.isHanging = true;
    const sent = page.send(1);
    await page.transport.close();
    page.platform.advance(30_000);
    expect(await sent).toMatchObject({ status: 'refused', reason: 'unreachable' });
  });

  it('waits while the page is offline, and goes on when it is not', async () => {
    const page = createTestPage();
    page.isOnline = false;
    const sent = page.send(1);
    page.platform.advance(600_000);
    expect(page.requests).toEqual([]);
    page.isOnline = true;
    page.transport.stay();
    expect(await sent).toMatchObject({ status: 'sent' });
  });

  it('hands to the browser what waits when the page goes away, up to what it takes, and keeps the rest for the next page', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    for (let body = 0; body < 8; body += 1) void page.send(10, 1_500);
    expect(page.requests).toEqual(['beacon', 'beacon', 'beacon', 'beacon']); // 16 kB each, and what there is still room for
    expect(page.kept.texts.size).toBe(5);
    expect(page.arrived).toEqual(upTo(37));

    const next = createTestPage(page.kept);
    next.platform.advance(0);
    for (let turn = 0; turn < 8; turn += 1) await next.platform.settle();
    expect(next.arrived.sort((a, b) => a - b)).toEqual(upTo(80).slice(37));
    expect(next.kept.texts.size).toBe(0);
  });

  describe('with more than a task should hand over', () => {
    const BODIES = 30;
    /** Hidden with 30 bodies of 16 kB. */
    function hidden(page = createTestPage()) {
      page.transport.hurry?.();
      for (let body = 0; body < BODIES; body += 1) void page.put(10, 1_500);
      page.transport.leave(false);
      return page;
    }
    /** The fourth of the bodies in two, as a part of it has still room. */
    const handedOver = (page: ReturnType<typeof hidden>): number => page.requests.length + page.kept.texts.size - 1;

    it('goes on in tasks of their own where it is only hidden', () => {
      const page = hidden();
      const counts: number[] = [];
      const note = (): void => {
        counts.push(handedOver(page));
        if (counts.length < 5) page.platform.after(0, note);
      };
      note();
      page.platform.advance(0);
      expect(counts).toEqual([9, 18, 27, 30, 30]); // 128 KiB each time
      expect(page.requests).toEqual(['beacon', 'beacon', 'beacon', 'beacon']);
    });

    it('does it at once when the page goes', () => {
      const page = hidden();
      page.transport.leave(true);
      expect(handedOver(page)).toBe(BODIES);
      for (let body = 0; body < BODIES; body += 1) void page.put(10, 1_500);
      expect(handedOver(page)).toBe(2 * BODIES);
    });

    it('sends the rest where the page comes back meanwhile', async () => {
      const page = hidden();
      page.transport.stay();
      page.platform.advance(0);
      expect(page.kept.texts.size).toBe(6); // no more than before
      for (let turn = 0; turn < BODIES; turn += 1) await page.platform.settle();
      expect([page.arrived.length, page.again, page.kept.texts.size]).toEqual([BODIES * 10, [], 0]);
    });

    it('goes on in tasks again once it has come back from the back/forward cache', () => {
      const page = createTestPage();
      page.transport.leave(true);
      page.transport.stay();
      expect(handedOver(hidden(page))).toBe(9);
    });

    it('hands over nothing more once it is closed', async () => {
      const page = hidden();
      await page.transport.close();
      page.platform.advance(0);
      expect([page.requests, page.kept.texts.size]).toEqual([['beacon', 'beacon', 'beacon', 'beacon'], 0]);
    });
  });

  it('hands over, once the page goes away, what would end with it', async () => {
    const page = createTestPage();
    page.isHanging = true;
    for (let body = 0; body < 3; body += 1) void page.send(10, 2_500);
    expect(page.requests).toEqual(['keepalive', 'keepalive', 'fetch']);
    page.transport.leave(false);
    expect(page.kept.texts.size).toBe(1);
    page.release();
    await page.platform.settle();
    // It arrived all the same, and is not sent again.
    expect([page.arrived.length, page.kept.texts.size]).toEqual([30, 0]);
  });

  it('splits a body that the browser does not take as a beacon, and fetches what is left', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    page.beaconsLeft = 0;
    expect(await page.send(3)).toEqual({ status: 'sent', refusedCount: 0 });
    expect(page.requests).toEqual(['keepalive', 'keepalive']);
    expect(page.arrived).toEqual([0, 1, 2]);
  });

  it('keeps what it fetches instead of a beacon, until it has arrived', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    page.beaconsLeft = 0;
    page.isHanging = true;
    const sent = page.send(1);
    expect([page.requests, page.kept.texts.size]).toEqual([['keepalive'], 1]);
    page.release();
    await sent;
    expect([page.arrived, page.kept.texts.size]).toEqual([[0], 0]);
  });

  it('keeps what it hands over if it has failed before, as a beacon may fail too', async () => {
    const page = createTestPage();
    page.outcomes.push(failure);
    const sent = page.send(2);
    await page.platform.settle();
    page.transport.leave(false);
    expect(await sent).toEqual({ status: 'sent' });
    expect([page.requests, page.kept.texts.size]).toEqual([['keepalive', 'beacon'], 1]);

    const next = createTestPage(page.kept);
    next.platform.advance(0);
    await next.platform.settle();
    expect([next.arrived, next.kept.texts.size]).toEqual([[0, 1], 0]);
  });

  it('keeps what is on its way after a failure, until it has arrived', async () => {
    const page = createTestPage();
    page.outcomes.push(failure);
    void page.send(1);
    await page.platform.settle();
    page.isHanging = true;
    page.platform.advance(1_000);
    await page.platform.settle();
    page.transport.leave(false);
    expect(page.kept.texts.size).toBe(1);
    page.release();
    await page.platform.settle();
    expect([page.arrived, page.kept.texts.size]).toEqual([[0], 0]);
  });

  it('keeps what is on its way when the page goes away, if it was offline just before', async () => {
    const page = createTestPage();
    page.isOnline = false;
    void page.send(1);
    page.isOnline = true;
    page.isHanging = true;
    page.transport.stay();
    expect(page.requests).toEqual(['keepalive']);
    page.transport.leave(false);
    expect(page.kept.texts.size).toBe(1);
  });

  it('keeps what fails after the page has gone', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    page.beaconsLeft = 0;
    page.outcomes.push(failure);
    void page.send(1);
    await page.platform.settle();
    expect(page.kept.texts.size).toBe(1);
  });

  it('sends what it kept itself when the page comes back', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    page.isOnline = false;
    const sent = page.send(2);
    expect(page.kept.texts.size).toBe(1);
    page.isOnline = true;
    page.transport.stay();
    expect(await sent).toMatchObject({ status: 'sent' });
    expect([page.arrived, page.again, page.kept.texts.size]).toEqual([[0, 1], [], 0]);
  });

  it('loses nothing where nothing can be kept and the page comes back', async () => {
    const kept = createMemoryKept();
    kept.isFull = true;
    const page = createTestPage(kept);
    page.transport.hurry?.();
    page.isOnline = false;
    const sent = page.send(2);
    page.isOnline = true;
    page.transport.stay();
    expect(await sent).toMatchObject({ status: 'sent' });
  });

  it('forgets everything when it is disabled', async () => {
    const page = createTestPage();
    page.isOnline = false;
    page.transport.hurry?.();
    const sent = page.send(2);
    expect(page.kept.texts.size).toBe(1);
    page.transport.discard?.();
    expect(await sent).toMatchObject({ status: 'refused', reason: 'disabled' });
    page.isOnline = true;
    page.transport.stay();
    expect([page.requests, page.kept.texts.size]).toEqual([[], 0]);
  });

  it('gives back what waits when it is closed, and keeps none of it: it goes to another destination', async () => {
    const page = createTestPage();
    page.isHanging = true;
    const underWay = page.send(1);
    page.isOnline = false;
    const waiting = page.send(2);
    page.transport.leave(false);
    expect(page.kept.texts.size).toBe(2);
    await page.transport.close();
    expect(await waiting).toMatchObject({ status: 'refused', reason: 'closed' });
    expect(page.kept.texts.size).toBe(1);
    page.release();
    expect(await underWay).toMatchObject({ status: 'sent' });
    expect(page.kept.texts.size).toBe(0);
  });

  it('takes nothing more once it is closed', async () => {
    const page = createTestPage();
    await page.transport.close();
    const results: unknown[] = [];
    void page.send(1).then((result) => results.push(result));
    await page.platform.settle();
    expect(results).toMatchObject([{ status: 'refused', reason: 'closed' }]);
  });

  it('leaves what earlier pages kept where it is when it is closed', async () => {
    const kept = createMemoryKept();
    kept.put('{"metlog":1,"logger":"page","sender":"s","seq":0,"sent":"2026-11-22T10:44:00.200Z"}\n{"type":"t"}\n');
    const page = createTestPage(kept);
    page.isOnline = false;
    page.platform.advance(0);
    await page.transport.close();
    expect(kept.texts.size).toBe(1);
  });

  it('has three requests under way at most, also when it is online again', async () => {
    const page = createTestPage();
    page.isOnline = false;
    page.transport.hurry?.();
    for (let body = 0; body < 10; body += 1) void page.send(1);
    page.isOnline = true;
    page.isHanging = true;
    page.transport.stay();
    expect(page.requests).toHaveLength(3);
    page.release();
    for (let turn = 0; turn < 10; turn += 1) await page.platform.settle();
    expect([page.requests.length, page.arrived.length, page.kept.texts.size]).toEqual([10, 10, 0]);
  });

  it('goes on after a while where the page was only hidden', async () => {
    const page = createTestPage();
    page.transport.hurry?.();
    for (let body = 0; body < 6; body += 1) void page.send(10, 1_500);
    page.transport.leave(false);
    expect(page.arrived).toHaveLength(37);
    page.platform.advance(5_000);
    for (let turn = 0; turn < 6; turn += 1) await page.platform.settle();
    expect([page.arrived.length, page.again, page.kept.texts.size]).toEqual([60, [], 0]);
  });

  it('holds four million characters that it can neither send nor keep, and counts the rest', async () => {
    const kept = createMemoryKept();
    kept.isFull = true;
    const page = createTestPage(kept);
    page.isOnline = false;
    page.transport.hurry?.();
    const results: unknown[] = [];
    for (let body = 0; body < 300; body += 1) void page.send(10, 1_500).then(({ status }) => results.push(status));
    await page.platform.settle();
    expect(results.length).toBeGreaterThan(10);
    expect(results.length).toBeLessThan(50);
    page.isOnline = true;
    page.transport.stay();
    for (let turn = 0; turn < 300; turn += 1) await page.platform.settle();
    expect(page.arrived.length).toBe((300 - results.filter((status) => status === 'refused').length) * 10);
  });

  it('holds as much as ever after what it held has left in halves', async () => {
    const kept = createMemoryKept();
    kept.isFull = true;
    const page = createTestPage(kept);
    page.beaconsLeft = 0;
    const statuses = new Set<string>();
    for (let turn = 0; turn < 300; turn += 1) {
      page.isOnline = false;
      page.transport.hurry?.();
      const sent = page.put(10, 1_500);
      page.isOnline = true;
      page.transport.leave(false);
      statuses.add((await sent).status);
      page.transport.stay();
    }
    expect([...statuses]).toEqual(['sent']);
  });

  it('keeps what the relay has put off, instead of handing it over', async () => {
    const page = createTestPage();
    page.outcomes.push({ ...busy, retryAfter: '300' });
    void page.send(1);
    await page.platform.settle();
    page.transport.leave(false);
    expect([page.requests, page.kept.texts.size]).toEqual([['keepalive'], 1]);
  });
});
