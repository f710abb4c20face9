import type { TailedMessage } from './api-types.ts';
import { byId, element } from './dom.ts';
import { clockSeconds, count } from './format.ts';

/** Lines that stay on the page. */
const MAX_LINES = 100;
/** More would only flicker by; what exceeds it is counted. */
const MAX_PER_SECOND = 20;
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];

/** Starts the live tail. It follows its two filter fields, and ends while the page is hidden: browsers allow six connections to a server, for all tabs together. */
export function startTail(): void {
  const list = byId('tail-lines');
  const state = byId('tail-state');
  const pause = byId('tail-pause');
  const type = byId('tail-type');
  const logger = byId('tail-logger');
  let source: EventSource | null = null;
  let isPaused = false;
  let skippedCount = 0;

  function add(line: HTMLElement): void {
    list.prepend(line);
    while (list.childElementCount > MAX_LINES) list.lastElementChild?.remove();
  }

  function close(): void {
    source?.close();
    source = null;
  }

  function connect(): void {
    close();
    skippedCount = 0;
    if (isPaused || document.hidden) return;
    const query = new URLSearchParams({ perSecond: String(MAX_PER_SECOND) });
    for (const [name, input] of [
      ['type', type],
      ['logger', logger],
    ] as const) {
      if (input instanceof HTMLInputElement && input.value.trim() !== '') query.set(name, input.value.trim());
    }
    state.textContent = 'connecting …';
    source = new EventSource(`/api/tail?${query.toString()}`);
    source.addEventListener('open', () => (state.textContent = 'waiting for messages'));
    source.addEventListener('error', () => (state.textContent = 'no connection; trying again …'));
    source.addEventListener('message', (event: MessageEvent<string>) => {
      // The server is this page's own.
      add(tailLine(JSON.parse(event.data) as TailedMessage));
      state.textContent = skippedCount === 0 ? 'live' : `live; ${count(skippedCount)} left out as too many to read`;
    });
    source.addEventListener('gap', (event: MessageEvent<string>) => {
      skippedCount += Number(/\d+/.exec(event.data)?.[0] ?? 0);
    });
  }

  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? 'Resume' : 'Pause';
    connect();
    if (isPaused) state.textContent = 'paused';
  });
  for (const input of [type, logger]) {
    input.addEventListener('change', () => {
      list.replaceChildren();
      connect();
    });
  }
  document.addEventListener('visibilitychange', connect);
  window.addEventListener('pagehide', close);
  connect();
}

function tailLine(message: TailedMessage): HTMLElement {
  const severity = SEVERITIES[message.severity] ?? String(message.severity);
  const metadata = Object.keys(message.metadata).length === 0 ? '' : JSON.stringify(message.metadata);
  return element(
    'li',
    `severity-${severity}`,
    element('span', 'when', clockSeconds(new Date(message.timestamp))),
    element('span', 'severity', severity),
    element('span', 'who', message.logger),
    element('strong', '', message.type),
    element('span', 'what', [message.payload, metadata].filter((text) => text !== '').join('  ')),
  );
}
