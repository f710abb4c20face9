// @vitest-environment happy-dom
import { h, render } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { conditionOf, readFilter } from '../../../src/report/ui/messages/filter.ts';
import { LineList } from '../../../src/report/ui/messages/line-view.tsx';
import { listedLine, tailedLine, type Line } from '../../../src/report/ui/messages/line.ts';
import { MessageView } from '../../../src/report/ui/messages/message-view.tsx';
import { MetadataTable } from '../../../src/report/ui/messages/metadata-table.tsx';
import { MAX_ROWS, withArchived, withNewer, type Row } from '../../../src/report/ui/messages/rows.ts';
import { visibleText } from '../../../src/report/ui/messages/visible-text.ts';
import { HOSTILE_STRINGS } from '../../support/naughty-strings.ts';
import { go, place, readPlace } from '../../../src/report/ui/place.ts';

const AT = '2026-11-22T10:44:00.000Z';
const HOSTILE = '<img src=x onerror=alert(1)>"\'&amp;</a><script>alert(1)</script>';

afterEach(() => {
  render(null, document.body);
  vi.unstubAllGlobals();
  go('#/');
});

const aLine = (key: string, received = AT): Line => ({
  key, path: ['s', key], received, type: 'log', logger: 'shop', severity: 6, said: key, details: '',
}); // prettier-ignore
const rowOf = (line: Line): Row => ({ kind: 'line', line });
const keysOf = (rows: readonly Row[]): string[] => rows.map((row) => (row.kind === 'gap' ? 'gap' : row.line.key));

describe('a line', () => {
  it('shows what a message holds as text, and links only within the page', () => {
    go('#/messages?text=a');
    const line = tailedLine({
      type: HOSTILE, logger: HOSTILE, timestamp: AT, received: AT, severity: 3, payload: HOSTILE, metadata: { [HOSTILE]: HOSTILE }, sender: 's', seq: 4,
    }); // prettier-ignore
    render(h(LineList, { rows: [rowOf(line)], filter: readFilter(place.value), label: 'm' }), document.body);
    expect(document.querySelector('img, script')).toBeNull();
    expect(document.querySelector('.said')?.textContent).toBe(HOSTILE);
    expect(document.querySelector('.severity')?.textContent).toBe('error');
    const hrefs = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '');
    expect(hrefs.map((href) => href.slice(0, 11))).toEqual(['#/messages?', '#/messages?', '#/messages/']);
    expect(hrefs[2]).toBe(`#/messages/s/4?text=a&at=${encodeURIComponent(AT)}`);
    expect(readPlace(hrefs[0] ?? '').parameters.get('logger')).toBe(HOSTILE);
    expect(document.querySelector('[role=log]')?.getAttribute('aria-live')).toBe('off');
  });

  it('is the same text for whatever a payload holds', () => {
    const rows = HOSTILE_STRINGS.filter((text) => text !== '').map((text, seq) =>
      rowOf(
        tailedLine({
          type: 'x',
          logger: 'l',
          timestamp: AT,
          severity: 6,
          payload: text,
          metadata: {},
          sender: 's',
          seq,
        }),
      ),
    );
    render(h(LineList, { rows, filter: readFilter(place.value), label: 'm' }), document.body);
    const shown = [...document.querySelectorAll('.said')].map((element) => element.textContent);
    expect(shown).toEqual(rows.map((row) => (row.kind === 'line' ? visibleText(row.line.said) : '')));
    expect(new Set([...document.querySelectorAll('*')].map(({ localName }) => localName))).toEqual(
      new Set(['html', 'head', 'body', 'div', 'ol', 'li', 'time', 'span', 'a']),
    );
  });

  it('says name and value of metrics, of exceptions the first line, and cuts the rest', () => {
    const message = {
      id: 's/1', received: AT, timestamp: AT, type: 'timer', logger: 'shop', severity: 6, hostname: null, pid: null, sender: 's', seq: 1,
      name: 'auth', value: 12, payload: '12', payloadLength: 2, metadata: '{"name":"auth","rate":1,"a":{"b":1},"c":"x"}', metadataLength: 42,
    }; // prettier-ignore
    expect(listedLine(message)).toMatchObject({ key: 's/1', said: 'auth  12 ms', details: 'a={"b":1}  c=x' });
    const exception = { ...message, type: 'exception', name: null, payload: 'TypeError: no\n  at x' };
    expect(listedLine(exception).said).toBe('TypeError: no');
    const long = { ...message, name: null, payload: 'x'.repeat(1_000), payloadLength: 9_000, metadata: '{"a":"' };
    expect(listedLine(long)).toMatchObject({ said: `${'x'.repeat(600)} …`, details: '{"a":" …' });
  });
});

describe('rows', () => {
  it('puts the latest on top, shows nothing twice, and keeps so many', () => {
    const rows = withNewer(
      [rowOf(aLine('1'))],
      [rowOf(aLine('1')), rowOf(aLine('2')), { kind: 'gap', key: 'g', skipped: 4 }],
    );
    expect(keysOf(rows)).toEqual(['gap', '2', '1']);
    const many = Array.from({ length: MAX_ROWS + 5 }, (_, n) => rowOf(aLine(`n${n}`)));
    expect(keysOf(withNewer(rows, many))).toHaveLength(MAX_ROWS);
    expect(keysOf(withNewer(rows, many))[0]).toBe(`n${MAX_ROWS + 4}`);
  });

  it('takes in what the archive has, where it belongs, and its path for what had none', () => {
    const at = (second: number): string => `2026-11-22T10:44:0${second}.000Z`;
    const unnamed = { ...aLine('3', at(3)), path: null };
    const rows = withArchived(
      [rowOf(unnamed), rowOf(aLine('1', at(1)))],
      ['4', '3', '2', '1', '0'].map((key) => aLine(key, at(Number(key)))),
    );
    expect(keysOf(rows)).toEqual(['4', '3', '2', '1', '0']);
    expect(rows[1]).toMatchObject({ line: { path: ['s', '3'] } });
  });
});

describe('a whole message', () => {
  const message = {
    received: AT, timestamp: AT, type: 'exception', logger: 'shop', severity: 3, hostname: null, pid: null, sender: 's', seq: 4,
    name: null, value: null, rate: null, fingerprint: '~own', errorType: 'TypeError', group: '~0a1b', payload: 'no', metadata: {},
  }; // prettier-ignore
  const linksOf = async (of: object): Promise<readonly string[]> => {
    const answer = { message: { ...message, ...of }, previous: null, next: null };
    vi.stubGlobal('fetch', async () => Response.json(answer));
    render(h(MessageView, { sender: 's', seq: '4' }), document.body);
    await expect.poll(() => document.querySelector('.ways')).not.toBeNull();
    return [...document.querySelectorAll('.ways a')].map((link) => link.getAttribute('href') ?? '');
  };

  it('leads to the group that the answer names, whatever the fingerprint', async () => {
    expect(await linksOf({})).toContain(`#/exceptions/~0a1b/s/4?at=${encodeURIComponent(AT)}`);
  });

  it('leads to no group where it is no exception', async () => {
    const links = await linksOf({ type: 'log', group: null });
    expect(links.filter((href) => href.startsWith('#/exceptions'))).toEqual([]);
  });
});

it('shows metadata of any size: the first keys, and all when asked', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key${n}`, n]));
  render(h(MetadataTable, { metadata: { ...metadata, long: 'x'.repeat(5_000) } }), document.body);
  expect(document.querySelectorAll('tbody tr')).toHaveLength(100);
  expect(document.querySelector('.filter-by')?.getAttribute('href')).toBe('#/messages?metadata=key0%3D0&mode=back');
  document.querySelector('button')?.click();
  await expect.poll(() => document.querySelectorAll('tbody tr').length).toBe(1_001);
  expect(document.querySelector('tbody tr:last-child')?.textContent).toContain('Show all 5,000 characters');
});

it('has no condition for what cannot be looked for', () => {
  expect(conditionOf('a.b', 1.5)).toBe('a.b=1.5');
  expect(conditionOf('a', null)).toBe('a=null');
  expect(['', 'a=b'].map((key) => conditionOf(key, 1))).toEqual([null, null]);
  expect([{}, [], 'x'.repeat(600)].map((value) => conditionOf('a', value))).toEqual([null, null, null]);
});

it('makes seen what moves cursors, colours terminals and turns text', () => {
  expect(visibleText('\u001b[31m\u0000\u007f\u202ea\tb\nc')).toBe('␛[31m␀␡⟨U+202E⟩a\tb\nc');
  expect(visibleText('שלום é 👩‍👧')).toBe('שלום é 👩‍👧');
});
