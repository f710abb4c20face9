// @vitest-environment happy-dom
import { h, render } from 'preact';
import { describe, expect, it } from 'vitest';
import type { PathBooks, RelayBook, RouterBooks } from '../../../src/report/books.ts';
import { readLedger } from '../../../src/report/read-ledger.ts';
import { Books } from '../../../src/report/ui/parts/books.tsx';
import { lossWords, windowLoss } from '../../../src/report/window-loss.ts';
import { createMemoryRouter, QUIET_BOOKS } from '../memory-router.ts';
import { aCopy, aPath, aRelayBook, aRow, aSink, BUSY_BOOKS, BUSY_RELAY, HOUR_MS } from '../some-books.ts';

const NOW_MS = 500_000 * HOUR_MS + 1;

async function shown(
  books: Partial<RouterBooks> = {},
  path: Partial<PathBooks> = {},
  relay: RelayBook = aRelayBook(),
): Promise<HTMLElement> {
  const router = createMemoryRouter(books, path);
  const ledger = await readLedger(router, { stats: () => relay }, { now: () => NOW_MS }, 0);
  const loss = windowLoss(await router.ledger(), { fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, logger: undefined }, NOW_MS);
  const root = document.createElement('div');
  render(h(Books, { ledger, loss: { ...loss, text: lossWords(loss) } }), root);
  return root;
}

const factsOf = (root: HTMLElement): Record<string, string> =>
  Object.fromEntries(
    [...root.querySelectorAll('.book-facts > div')].map((row) => [
      row.querySelector('dt')?.textContent ?? '',
      row.querySelector('dd')?.textContent ?? '',
    ]),
  );

const rowsOf = (table: Element | null): string[][] =>
  [...(table?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.children].map((cell) => cell.textContent));

describe('Books', () => {
  it('says that all is well', async () => {
    const root = await shown();
    expect(root.textContent).toContain('Nothing is known to be lost, nothing was refused, and no sink is in trouble.');
    expect(factsOf(root)).toMatchObject({ sent: '0', received: '0', missing: '0', accepted: '0' });
    expect(root.querySelector('table')).toBe(null);
  });

  it('has what waits for the store, where the archive is copied to one', async () => {
    const name = 'archived, waiting for the store';
    expect(factsOf(await shown())).not.toHaveProperty(name);
    const archive = { ...QUIET_BOOKS.archive, copy: aCopy({ waitingMessages: 1_250 }) };
    expect(factsOf(await shown({ archive }))).toMatchObject({ [name]: '1,250' });
  });

  it('has what was sent, what is missing and of whom', async () => {
    const hourMs = NOW_MS - 1;
    const rows = [
      aRow({ logger: '<b>web</b>', hourMs, received: 996, missing: 4, silent: 3 }),
      aRow({ logger: 'shop', hourMs, received: 1_000 }),
    ];
    const root = await shown({}, aPath(rows));
    expect(factsOf(root)).toMatchObject({
      sent: '≥ 2,000',
      received: '1,996',
      missing: '≥ 4',
      'senders that ended silently': '3',
    });
    expect(rowsOf(root.querySelector('table'))).toEqual([['<b>web</b>', '≥ 4', '3']]);
    expect(root.querySelector('td a')?.getAttribute('href')).toBe('#/?logger=%3Cb%3Eweb%3C%2Fb%3E');
  });

  it('has what was refused and dropped, by reason, and leaves out what did not happen', async () => {
    expect(factsOf(await shown(BUSY_BOOKS, {}, BUSY_RELAY))).toEqual({
      sent: '0',
      received: '0',
      missing: '0',
      'senders that ended silently': '0',
      accepted: '47,990',
      'came twice': '8',
      'waiting for the archive': '0',
      'refused: bad-signature': '3',
      'refused: not-json': '2',
      'HTTP refused: rate-limited': '12',
      'HTTP refused: bad-key': '2',
      'datagrams dropped by the system': '12',
      'for no sink': '40',
    });
  });

  it('has every sink: state, lag, what waits, retries, dead letters, what expired, and its trouble', async () => {
    const root = await shown({
      ...BUSY_BOOKS,
      sinks: { ...BUSY_BOOKS.sinks, slow: aSink({ waiting: 1, lagMs: 300 }) },
    });
    expect(rowsOf(root.querySelector('.sinks'))).toEqual([
      ['statsd', 'ready', '–', '0', '30,000', '0', '0', '0'],
      ['sentry', 'open', '12.1 min', '1,204', '290', '9', '4', '2'],
      ['connect ECONNREFUSED 127.0.0.1:9000'],
      ['slow', 'ready', '300 ms', '1', '0', '0', '0', '0'],
    ]);
    expect([...root.querySelectorAll('.sinks .bad')].map(({ textContent }) => textContent)).toEqual([
      'open', '12.1 min', '4', '2',
    ]); // prettier-ignore
  });
});
