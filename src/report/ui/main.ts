import type { SummaryAnswer } from './api-types.ts';
import { minuteChart } from './chart.ts';
import { byId } from './dom.ts';
import { ago, bytes, count } from './format.ts';
import { barList, counterTable, exceptionList, lossCount, lossList, sinkTable, timerTable } from './panels.ts';
import { startTail } from './tail.ts';

/** Where the SDK sends to if nothing else is said. */
const DEFAULT_DEST = 'udp://127.0.0.1:5565';
const REFRESH_MS = 2_000;
/** A summary that takes longer is given up, and the page says so. */
const TIMEOUT_MS = 10_000;

let newestMs: number | null = null;

function show(id: string, content: Node): void {
  byId(id).replaceChildren(content);
}

function tell(state: 'loading' | 'live' | 'offline', text: string): void {
  const status = byId('status');
  status.dataset['state'] = state;
  status.textContent = text;
}

function showNewest(): void {
  byId('newest').textContent = newestMs === null ? '' : `newest message ${ago(Date.now() - newestMs)}`;
}

function render({ summary, router, dest }: SummaryAnswer): void {
  // The last minute that is over; the current one has only begun.
  const toMs = Date.parse(summary.window.to);
  const lastMinute = summary.perMinute.find(
    (entry) => Date.parse(entry.minute) === Math.floor(toMs / 60_000) * 60_000 - 60_000,
  );
  const exceptions = summary.byType.find((entry) => entry.type === 'exception')?.count ?? 0;
  const lost = lossCount(router);
  byId('total').textContent = count(summary.messageCount);
  byId('rate').textContent = count(lastMinute?.count ?? 0);
  byId('loggers').textContent = count(summary.byLogger.length);
  byId('exception-count').textContent = count(exceptions);
  byId('lost').textContent = count(lost);
  byId('lost').classList.toggle('bad', lost > 0);
  byId('exception-count').classList.toggle('bad', exceptions > 0);
  byId('archive').textContent = `${count(summary.fileCount)} files, ${bytes(summary.bytes)}`;
  show('types', barList(summary.byType.map((entry) => ({ name: entry.type, count: entry.count }))));
  show('logger-list', barList(summary.byLogger.map((entry) => ({ name: entry.logger, count: entry.count }))));
  show('counters', counterTable(summary.counters));
  show('timers', timerTable(summary.timers));
  show('exceptions', exceptionList(summary.exceptions));
  show('losses', lossList(router));
  byId('sink-card').hidden = Object.keys(router.sinks).length === 0;
  show('sinks', sinkTable(router.sinks));
  showFirstSteps(dest);
  const isEmpty = summary.fileCount === 0 && router.accepted === 0;
  byId('first').hidden = !isEmpty;
  byId('report').hidden = isEmpty;
  show('chart', minuteChart(summary, byId('chart').clientWidth));
  newestMs = summary.newestReceived === null ? null : Date.parse(summary.newestReceived);
  showNewest();
}

/** How to send the first message, to where this server listens. */
function showFirstSteps(dest: string): void {
  const isDefault = dest === DEFAULT_DEST;
  const options = isDefault ? "{ logger: 'my-app' }" : `{ logger: 'my-app', dest: '${dest}' }`;
  byId('dest').textContent = dest;
  byId('first-code').textContent =
    `import { createMetlog } from 'metlog'\ncreateMetlog(${options}).incr('hello.world')`;
  byId('first-command').textContent = `npx metlog send hello --payload world${isDefault ? '' : ` --dest ${dest}`}`;
}

async function refresh(): Promise<void> {
  try {
    const response = await fetch('/api/summary', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    // The server is this page's own.
    render((await response.json()) as SummaryAnswer);
    tell('live', 'live');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell('offline', `offline: ${why}; trying again …`);
  }
}

/** Refreshes while the page is seen, one request at a time. */
async function refreshForEver(): Promise<never> {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

tell('loading', 'loading …');
setInterval(showNewest, 1_000);
startTail();
void refreshForEver();
