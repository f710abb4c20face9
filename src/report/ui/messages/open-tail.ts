import type { TailedMessage } from '../../journal-text.ts';
import type { Parameters } from '../ask.ts';
import { tailedLine } from './line.ts';
import type { Row } from './rows.ts';

/** `lost` without a connection, `refused` with an answer that is no tail: of a proxy, of a router that is stopping, or that this page is signed out. */
export type TailState = 'connecting' | 'live' | 'lost' | 'refused' | 'hidden';

interface TailListener {
  /** Rows that came, the latest last. */
  onRows(rows: readonly Row[]): void;
  /** Called when it changes. */
  onState(state: TailState): void;
}

/** More would only flicker by; what exceeds it is counted. */
const MAX_PER_SECOND = 50;
/** The list is drawn so often, however fast messages come. */
const DRAW_EVERY_MS = 150;
/** Browsers try again by themselves after a lost connection, and never after a refusal. */
const RETRY_MS = 5_000;

let gapCount = 0;

/**
 * Follows the live tail. Ends while the page is hidden, as browsers allow six connections to a server for all tabs together, and begins anew when it is seen.
 * Returns what stops it.
 */
export function openTail(parameters: Parameters, { onRows, onState }: TailListener): () => void {
  let source: EventSource | null = null;
  let waiting: Row[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let state: TailState | undefined;

  const tell = (next: TailState): void => {
    if (next === state) return;
    state = next;
    onState(next);
  };
  const add = (row: Row): void => {
    waiting.push(row);
    timer ??= setTimeout(draw, DRAW_EVERY_MS);
  };
  const draw = (): void => {
    timer = undefined;
    const rows = waiting;
    waiting = [];
    onRows(rows);
  };
  const close = (): void => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const connect = (): void => {
    close();
    if (document.hidden) return tell('hidden');
    // Until a retry has come to something, the words stay.
    if (state !== 'refused') tell('connecting');
    const opened = new EventSource(`/api/tail?${queryOf(parameters)}`);
    source = opened;
    opened.addEventListener('open', () => tell('live'));
    opened.addEventListener('error', () => {
      const isRefused = opened.readyState === EventSource.CLOSED;
      tell(isRefused ? 'refused' : 'lost');
      if (isRefused) retry = setTimeout(connect, RETRY_MS);
    });
    opened.addEventListener('message', (event: MessageEvent<string>) => {
      // The server is this page's own.
      add({ kind: 'line', line: tailedLine(JSON.parse(event.data) as TailedMessage) });
    });
    opened.addEventListener('gap', (event: MessageEvent<string>) => {
      add({ kind: 'gap', key: `gap ${gapCount++}`, skipped: Number(/\d+/.exec(event.data)?.[0] ?? 0) });
    });
  };

  document.addEventListener('visibilitychange', connect);
  window.addEventListener('pagehide', close);
  connect();
  return () => {
    document.removeEventListener('visibilitychange', connect);
    window.removeEventListener('pagehide', close);
    clearTimeout(timer);
    close();
  };
}

function queryOf(parameters: Parameters): string {
  const query = new URLSearchParams({ perSecond: String(MAX_PER_SECOND) });
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  return query.toString();
}
