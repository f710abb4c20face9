// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMetlog } from '../../src/browser/client.ts';
import type { MetlogOptions } from '../../src/core/options.ts';
import type { Metlog } from '../../src/core/metlog.ts';
import { readMessages } from '../../src/testing/memory-transport.ts';
import { REPORT_TYPE } from '../../src/core/report.ts';

interface Sent {
  readonly url: string;
  readonly how: 'fetch' | 'beacon';
  readonly text: string;
}

let sent: Sent[] = [];
let opened: Metlog[] = [];

beforeEach(() => {
  sent = [];
  localStorage.clear();
  sessionStorage.clear();
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (url: string, { body }: { body: string }) => {
    sent.push({ url, how: 'fetch', text: body });
    return Promise.resolve(new Response('{"accepted":1,"refused":[]}', { status: 202 }));
  });
  Object.defineProperty(navigator, 'sendBeacon', {
    configurable: true,
    value: (url: string, text: string) => sent.push({ url, how: 'beacon', text }) > 0,
  });
});
afterEach(async () => {
  const closed = Promise.all(opened.map((metlog) => metlog.close()));
  await vi.advanceTimersByTimeAsync(60_000);
  await closed;
  opened = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(options: MetlogOptions = {}) {
  const metlog = createMetlog({ logger: 'page', ...options });
  opened.push(metlog);
  return metlog;
}

const messages = () => sent.flatMap(({ text }) => readMessages(text)).filter(({ type }) => type !== REPORT_TYPE);
function show(state: 'hidden' | 'visible'): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
}

describe("a page's client", () => {
  it('sends to its own origin after a second', async () => {
    const metlog = open();
    metlog.incr('view');
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(sent.map(({ url, how }) => [url, how])).toEqual([[new URL('/v1/messages', location.href).href, 'fetch']]);
    expect(messages()).toMatchObject([{ type: 'counter', logger: 'page', metadata: { name: 'view', rate: 1 } }]);
    expect(metlog.stats).toMatchObject({ accepted: 1, sent: 1, queued: 0 });
  });

  it.each([undefined, '/v1/messages'])(
    'sends to its own origin for %s, whatever base it has for its links',
    async (dest) => {
      const base = document.createElement('base');
      base.href = 'https://cdn.example/assets/';
      document.head.append(base);
      onTestFinished(() => base.remove());
      expect(document.baseURI).toBe(base.href);
      open({ dest }).incr('a');
      await vi.advanceTimersByTimeAsync(1_001);
      expect(sent.map(({ url }) => url)).toEqual([new URL('/v1/messages', location.href).href]);
    },
  );

  it.each([
    ['https://relay.example', 'https://relay.example/v1/messages'],
    ['https://relay.example/', 'https://relay.example/'],
    ['/metlog', new URL('/metlog', 'http://localhost:3000/').href],
    [{ udp: 'udp://10.0.0.1:5565', http: 'https://relay.example/x?key=shop' }, 'https://relay.example/x?key=shop'],
  ])('sends to %j', async (dest, url) => {
    open({ dest }).incr('a');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(sent.map((one) => new URL(one.url).pathname)).toEqual([new URL(url).pathname]);
  });

  it.each([['udp://127.0.0.1:5565'], [{ udp: 'udp://127.0.0.1:5565' }], ['http://']])(
    'tells that it cannot send to %j',
    (dest) => {
      const problems: string[] = [];
      const metlog = open({ dest, onError: ({ reason }) => problems.push(reason) });
      metlog.incr('a');
      expect([problems, metlog.stats.dropped]).toEqual([['no-dest'], { 'no-dest': 1 }]);
    },
  );

  it('hands all that waits to the browser when the page is hidden, with its book, and goes on when it is shown', async () => {
    const metlog = open();
    metlog.incr('a');
    metlog.exception(new Error('b'));
    show('hidden');
    expect(sent.map(({ how }) => how)).toEqual(['beacon']);
    expect(sent[0]?.text).toContain(REPORT_TYPE);
    expect(messages().map(({ type }) => type)).toEqual(['exception', 'counter']);
    show('visible');
    metlog.incr('c');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(sent[1]?.how).toBe('fetch');
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 3 });
  });

  it('keeps all that waits before the page is gone, however much that is', () => {
    const metlog = open();
    for (let n = 0; n < 400; n += 1) metlog.send('long', { payload: 'x'.repeat(1_000) });
    dispatchEvent(new Event('pagehide'));
    const kept = Object.values(localStorage).map((value) => String(value).slice(String(value).indexOf('\n') + 1));
    const all = [...sent.map(({ text }) => text), ...kept].flatMap((text) => readMessages(text));
    expect(all.filter(({ type }) => type === 'long')).toHaveLength(400);
  });

  it("sends what the page's own listeners say after it was hidden", () => {
    const metlog = open();
    const listener = (): void => metlog.send('session.end');
    document.addEventListener('visibilitychange', listener);
    show('hidden');
    document.removeEventListener('visibilitychange', listener);
    expect(messages()).toMatchObject([{ type: 'session.end' }]);
  });

  it('says no query and no fragment of an address, in stacks neither', async () => {
    const error = new Error('no');
    error.stack =
      'Error: no\n    at https://shop.example/?token=s3cr3t:2:122\n    at run (https://shop.example/a.js?v=1#x:3:4)';
    open().exception(error);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages()[0]?.payload).toBe(
      'Error: no\n    at https://shop.example/:2:122\n    at run (https://shop.example/a.js:3:4)',
    );
  });

  it('leaves alone what other tabs kept where this session is only not sampled', () => {
    localStorage.setItem('metlog:x', '1 https://y\ntext');
    open({ sessionRate: 0 });
    expect(localStorage.length).toBe(1);
    open({ enabled: false });
    expect(localStorage.length).toBe(0);
  });

  it('drops what the relay will not have of this page, says so once, and keeps none of it', async () => {
    let asked = 0;
    vi.stubGlobal('fetch', () => {
      asked += 1;
      return Promise.resolve(new Response('{"error":"…","code":"bad-origin"}', { status: 403 }));
    });
    const problems: string[] = [];
    const onError: MetlogOptions['onError'] = ({ reason, message }) => problems.push(`${reason}: ${message}`);
    const metlog = open({ dest: 'https://relay.example', onError });
    for (let batch = 0; batch < 2; batch += 1) {
      metlog.incr('a');
      await vi.advanceTimersByTimeAsync(30_000);
    }
    expect(metlog.stats).toEqual({ accepted: 2, sent: 0, queued: 0, merged: 0, dropped: { refused: 2 } });
    expect([asked, localStorage.length]).toEqual([2, 0]);
    expect(problems).toEqual(['refused: https://relay.example/v1/messages answered 403']);
  });

  it('forgets what was drawn for the session when it is disabled', () => {
    const metlog = open({ sessionRate: 0.5 });
    expect(sessionStorage.length).toBe(1);
    metlog.setEnabled(true);
    metlog.setEnabled(false);
    expect(sessionStorage.length).toBe(0);
  });

  it.each<[string, MetlogOptions]>([
    ['was not sampled', { sessionRate: 0 }],
    ['has no destination', { dest: 'udp://127.0.0.1:5565', onError: () => undefined }],
    ['keeps nothing itself', { keep: false }],
  ])('forgets what earlier pages kept when it is disabled and %s', (_, options) => {
    const metlog = open(options);
    localStorage.setItem('metlog:x', '1 https://y\ntext');
    metlog.setEnabled(false);
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  });

  it('forgets what earlier pages kept when it is disabled once it is closed', async () => {
    const metlog = open();
    await metlog.close();
    localStorage.setItem('metlog:x', '1 https://y\ntext');
    metlog.setEnabled(false);
    expect(localStorage.length).toBe(0);
  });

  it('has the sender report a last time where it sent before, when the destination changes', async () => {
    const metlog = open({ dest: 'https://old.example' });
    metlog.incr('a');
    await vi.advanceTimersByTimeAsync(1_001);
    metlog.setMetlogDest('https://new.example');
    await vi.advanceTimersByTimeAsync(1_001);
    const reports = sent.map(({ url, text }) => [url, readMessages(text).filter(({ type }) => type === REPORT_TYPE)]);
    expect(reports).toMatchObject([
      ['https://old.example/v1/messages', []],
      ['https://old.example/v1/messages', [{ metadata: { accepted: 1, sent: 1, final: true } }]],
    ]);
  });

  it('says nothing when the page is hidden and there is nothing to say', () => {
    open();
    show('hidden');
    expect(sent).toEqual([]);
  });

  it("describes an exception by its text, its causes and the engine's own stack", async () => {
    open().exception(new TypeError('no', { cause: new Error('deeper') }), { handled: false });
    await vi.advanceTimersByTimeAsync(1_001);
    const [message] = messages();
    expect(message).toMatchObject({
      type: 'exception',
      severity: 3,
      metadata: {
        exception: { type: 'TypeError', value: 'no', handled: false, cause: { type: 'Error', value: 'deeper' } },
      },
    });
    expect(message?.payload).toMatch(/^TypeError: no\n[^]*Caused by: Error: deeper\n/);
  });

  it('sends a long stack and a long text whole', async () => {
    const calls = Array.from(
      { length: 50 },
      (_, index) => `    at call${index} (https://shop.example/app.js:1:${index})`,
    );
    const text = 'no '.repeat(500);
    const error = Object.assign(new Error(text), { stack: `Error: ${text}\n${calls.join('\n')}` });
    open().exception(error);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages()[0]?.payload).toBe(error.stack);
    expect(messages()[0]?.metadata).toMatchObject({ exception: { value: text } });
  });

  it('says the debug ids of the scripts in a stack, as the scripts have noted them', async () => {
    const [one, other] = ['0f0e0d0c-0b0a-8908-8706-050403020100', '1f0e0d0c-0b0a-8908-8706-050403020100'];
    const noted = {
      'Error\n    at https://shop.example:8080/a.js?v=1:2:3\n    at https://shop.example:8080/b.js:1:1': one,
      '@https://shop.example:8080/b.js:1:1': other,
      'module code@https://shop.example:8080/c.js:1:1': one,
      Error: one,
    };
    vi.stubGlobal('_debugIds', noted);
    const error = new Error('no');
    error.stack =
      'Error: no\n    at f (https://shop.example:8080/a.js?v=1:7:7)\n    at https://shop.example:8080/b.js:8:8';
    open().exception(error);
    vi.stubGlobal('_debugIds', undefined);
    open().exception(error);
    await vi.advanceTimersByTimeAsync(1_001);
    const [first, second] = messages().map(({ metadata }) => metadata['exception'] as { debug_ids?: unknown });
    expect(first?.debug_ids).toEqual({
      'https://shop.example:8080/a.js': one,
      'https://shop.example:8080/b.js': other,
    });
    expect(second).not.toHaveProperty('debug_ids');
  });

  it('sends nothing and keeps nothing once it is disabled, and begins again', async () => {
    const metlog = open();
    metlog.incr('a');
    localStorage.setItem('metlog:x', '1 https://y\ntext');
    metlog.setEnabled(false);
    metlog.incr('b');
    metlog.timer('t').stop();
    show('hidden');
    await vi.advanceTimersByTimeAsync(100_000);
    expect([sent, localStorage.length]).toEqual([[], 0]);
    expect(metlog.stats).toEqual({ accepted: 1, sent: 0, queued: 0, merged: 0, dropped: { disabled: 1 } });
    show('visible');
    metlog.setEnabled(true);
    metlog.incr('c');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages()).toHaveLength(1);
  });

  it('records nothing for who objects by Global Privacy Control, where the page asks for that', async () => {
    vi.stubGlobal('navigator', { globalPrivacyControl: true, onLine: true });
    localStorage.setItem('metlog:x', '1 https://y\ntext');
    open({ gpc: true }).incr('a');
    await vi.advanceTimersByTimeAsync(1_001);
    expect([sent, localStorage.length]).toEqual([[], 0]);
    open().incr('a');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages()).toHaveLength(1);
  });

  it('records a fraction of the sessions, each whole', () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.9).mockReturnValue(0.1);
    const pages = [open({ sessionRate: 0.5 }), open({ sessionRate: 0.5 })];
    for (const metlog of pages) metlog.incr('a');
    expect(pages.map(({ stats }) => stats.accepted)).toEqual([0, 0]);
  });

  it.each([{ keep: 1 }, { gpc: 'yes' }, { sessionRate: 2 }, { logger: '' }])('refuses %j', (options) => {
    expect(() => createMetlog(options as unknown as MetlogOptions)).toThrow(/ must be /);
  });

  it('is silent where there can be no client, and throws nothing', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(JSON, 'stringify').mockImplementation(() => {
      throw new Error('patched');
    });
    const metlog = createMetlog({ logger: 'page' });
    vi.restoreAllMocks();
    metlog.incr('a');
    metlog.child({ logger: 'b' }).exception(new Error('c'));
    expect([metlog.time('t', () => 5), metlog.timer('t').stop(), metlog.stats.accepted]).toEqual([5, 0, 0]);
    expect(await metlog.flush()).toBe(true);
    await metlog.close();
  });

  it('draws its names where there is no crypto', async () => {
    vi.stubGlobal('crypto', undefined);
    open().incr('a');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages()).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ['no fetch', () => vi.stubGlobal('fetch', undefined)],
    [
      'a fetch that throws',
      () =>
        vi.stubGlobal('fetch', () => {
          throw new Error('blocked');
        }),
    ],
    ['no navigator', () => vi.stubGlobal('navigator', undefined)],
    [
      'a JSON that throws',
      () =>
        vi.spyOn(JSON, 'stringify').mockImplementation(() => {
          throw new Error('patched');
        }),
    ],
    ['no storage', () => vi.stubGlobal('localStorage', undefined)],
  ])('throws nothing into a page with %s', async (_, breakIt) => {
    const metlog = open({ onError: () => undefined });
    breakIt();
    onTestFinished(() => void vi.restoreAllMocks());
    metlog.incr('a');
    metlog.send('b', { metadata: { c: 1 } });
    metlog.exception(new Error('d'));
    show('hidden');
    show('visible');
    await vi.advanceTimersByTimeAsync(100_000);
    const { accepted, sent: left, queued, merged, dropped } = metlog.stats;
    expect(accepted).toBe(left + queued + merged + Object.values(dropped).reduce((sum, count) => sum + count, 0));
  });
});
