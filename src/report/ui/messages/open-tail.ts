import type { TailedMessage } from '../../journal-text.ts';
import type { Parameters } from '../ask.ts';
import { tailedLine } from './line.ts';
import type { Row } from './rows.ts';

export type TailState = 'connecting' | 'live' | 'lost' | 'hidden';

interface TailListener {
  /** Rows that came, the latest last. */
  onRows(rows: readonly Row[]): void;
  onState(state: TailState): void;
}

/** More would only flicker by; what exceeds it is counted. */
const MAX_PER_SECOND = 20;
/** The list is drawn so often, however fast messages come. */
const DRAW_EVERY_MS = 150;

let gapCount = 0;

/**
 * Follows the live tail. Ends while the page is hidden, as browsers allow six connections to a server for all tabs together, and begins anew when it is seen.
 * Returns what stops it.
 */
export function openTail(parameters: Parameters, { onRows, onState }: TailListener): () => void {
  let source: EventSource | null = null;
  let waiting: Row[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

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
    source?.close();
    source = null;
  };
  const connect = (): void => {
    close();
    if (document.hidden) return onState('hidden');
    onState('connecting');
    source = new EventSource(`/api/tail?${queryOf(parameters)}`);
    source.addEventListener('open', () => onState('live'));
    source.addEventListener('error', () => onState('lost'));
    source.addEventListener('message', (event: MessageEvent<string>) => {
      // The server is this page's own.
      add({ kind: 'line', line: tailedLine(JSON.parse(event.data) as TailedMessage) });
    });
    source.addEventListener('gap', (event: MessageEvent<string>) => {
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
