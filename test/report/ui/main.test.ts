// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SinkBook, SummaryAnswer } from '../../../src/report/ui/api-types.ts';

/** Markup, a turned direction, a terminal's escape, characters that end a line or a text. */
const HOSTILE =
  '<img src=x onerror="globalThis.wasRun = true"><script>globalThis.wasRun = true</script>\u202egnp.exe\u2066\u001b[31m\u0000\u2028&amp;';

const EMPTY: SummaryAnswer = {
  dest: 'udp://127.0.0.1:5565',
  summary: {
    window: { from: '2026-11-22T09:44:00.000Z', to: '2026-11-22T10:44:00.000Z' },
    messageCount: 0,
    byType: [],
    byLogger: [],
    bySeverity: [],
    perMinute: [],
    counters: [],
    timers: [],
    exceptions: [],
    newestReceived: null,
    fileCount: 0,
    bytes: 0,
  },
  router: {
    accepted: 0,
    duplicates: 0,
    refused: {},
    journalFailed: 0,
    senders: { missing: 0, silent: 0 },
    journal: { setAside: { files: 0 } },
    sinks: {},
    archive: { waiting: 0, failures: 0, setAside: 0, expired: 0 },
  },
};

const SINK: SinkBook = { state: 'ready', waiting: 0, deadLettered: 0, expired: 0 };

const byId = (id: string): HTMLElement => document.getElementById(id)!;

let stream: EventTarget;
const askServer = vi.fn<() => Promise<Response>>();

/** Opens the page, as a browser does: its markup, then its script. What it asks the server for, `askServer` answers. */
async function openPage(): Promise<void> {
  const html = readFileSync('src/report/ui/index.html', 'utf8');
  document.body.innerHTML = /<body>(.*)<\/body>/s.exec(html)![1]!;
  await import('../../../src/report/ui/main.ts');
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.resetModules(); // the script runs when it is imported, for each page again
  vi.useFakeTimers();
  stream = Object.assign(new EventTarget(), { close: () => undefined });
  vi.stubGlobal('fetch', askServer);
  vi.stubGlobal('EventSource', function openStream() {
    return stream;
  });
  askServer.mockReset();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answerWith = (answer: SummaryAnswer): void =>
  void askServer.mockImplementation(async () => new Response(JSON.stringify(answer)));

describe('the page', () => {
  it('shows what messages say as text, whatever that is', async () => {
    const named = { name: HOSTILE, logger: HOSTILE };
    answerWith({
      ...EMPTY,
      summary: {
        ...EMPTY.summary,
        fileCount: 1,
        byType: [{ type: HOSTILE, count: 1 }],
        byLogger: [{ logger: HOSTILE, count: 1 }],
        counters: [{ ...named, sum: 1 }],
        timers: [{ ...named, count: 1, p50: 1, p95: 1, p99: 1 }],
        exceptions: [
          { timestamp: '2026-11-22T10:44:00.000Z', logger: HOSTILE, errorType: HOSTILE, errorValue: HOSTILE },
        ],
      },
      router: { ...EMPTY.router, refused: { [HOSTILE]: 1 }, sinks: { [HOSTILE]: { ...SINK, trouble: HOSTILE } } },
    });
    await openPage();
    const message = {
      type: HOSTILE,
      timestamp: '2026-11-22T10:44:00.000Z',
      logger: HOSTILE,
      severity: 3,
      payload: HOSTILE,
      metadata: { [HOSTILE]: HOSTILE },
    };
    stream.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));

    const times = (id: string): number => byId(id).textContent.split(HOSTILE).length - 1;
    expect({
      types: times('types'),
      loggers: times('logger-list'),
      counters: times('counters'),
      timers: times('timers'),
      exceptions: times('exceptions'),
      losses: times('losses'),
      sinks: times('sinks'),
      tail: times('tail-lines'),
    }).toEqual({ types: 1, loggers: 1, counters: 2, timers: 2, exceptions: 3, losses: 1, sinks: 2, tail: 3 });
    expect(document.body.querySelectorAll('img, script')).toHaveLength(0);
    expect(globalThis).not.toHaveProperty('wasRun');
  });

  it('keeps text that turns its direction from turning what stands beside it', async () => {
    answerWith({ ...EMPTY, summary: { ...EMPTY.summary, fileCount: 1, byType: [{ type: HOSTILE, count: 1 }] } });
    await openPage();
    const style = document.createElement('style');
    style.textContent = readFileSync('src/report/ui/style.css', 'utf8');
    document.body.append(style);
    const isolated = [...byId('types').querySelectorAll('*')].filter((part) =>
      part.textContent === HOSTILE ? getComputedStyle(part).getPropertyValue('unicode-bidi') === 'isolate' : false,
    );
    expect(isolated).toHaveLength(1);
  });

  it('says how to send the first message while there is none', async () => {
    answerWith({ ...EMPTY, dest: 'udp://127.0.0.1:6565' });
    await openPage();
    expect([byId('first').hidden, byId('report').hidden]).toEqual([false, true]);
    expect(byId('first-code').textContent).toBe(
      "import { createMetlog } from 'metlog'\ncreateMetlog({ logger: 'my-app', dest: 'udp://127.0.0.1:6565' }).incr('hello.world')",
    );
    expect(byId('first-command').textContent).toBe('npx metlog send hello --payload world --dest udp://127.0.0.1:6565');
    answerWith({ ...EMPTY, router: { ...EMPTY.router, accepted: 1 } });
    await vi.advanceTimersByTimeAsync(2_000);
    expect([byId('first').hidden, byId('report').hidden]).toEqual([true, false]);
  });

  it('shows what each sink has not taken and why not, and nothing of sinks where there are none', async () => {
    const router = { ...EMPTY.router, accepted: 1 };
    answerWith({ ...EMPTY, router });
    await openPage();
    expect(byId('sink-card').hidden).toBe(true);
    const sinks = {
      statsd: { ...SINK, waiting: 3, state: 'writing' },
      sentry: { ...SINK, state: 'open', waiting: 1_204, deadLettered: 4, expired: 2, trouble: 'connect ECONNREFUSED' },
    };
    answerWith({ ...EMPTY, router: { ...router, sinks } });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(byId('sink-card').hidden).toBe(false);
    const rows = [...byId('sinks').querySelectorAll('tbody tr')];
    expect(rows.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ['statsd', 'writing', '3', '0', '0'],
      ['sentry', 'open', '1,204', '4', '2'],
      ['connect ECONNREFUSED'],
    ]);
    expect([...byId('sinks').querySelectorAll('.bad')].map((part) => part.textContent)).toEqual(['open', '4', '2']);
    expect(byId('lost').textContent).toBe('2');
  });

  it('says what is missing on the way, who ended without a word, and what could not be read', async () => {
    const senders = { missing: 48, silent: 3 };
    answerWith({ ...EMPTY, router: { ...EMPTY.router, accepted: 1, senders, journal: { setAside: { files: 2 } } } });
    await openPage();
    const rows = [...byId('losses').querySelectorAll('tbody tr')];
    expect(rows.map((row) => row.lastElementChild?.textContent)).toEqual(['48', '3', '2']);
    expect(byId('lost').textContent).toBe('48');
  });

  it('says that the server is away, and when it is back', async () => {
    askServer.mockRejectedValue(new TypeError('Failed to fetch'));
    await openPage();
    const status = byId('status');
    expect([status.dataset['state'], status.textContent]).toEqual([
      'offline',
      'offline: Failed to fetch; trying again …',
    ]);
    askServer.mockImplementation(async () => new Response('{}', { status: 503 }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(status.textContent).toBe('offline: the server answered 503; trying again …');
    answerWith(EMPTY);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([status.dataset['state'], status.textContent]).toEqual(['live', 'live']);
  });
});
