import { expect, it } from 'vitest';
import { formatTable } from '../../src/cli/table.ts';
import { safeText, textWidth } from '../../src/cli/terminal-text.ts';
import type { QueryResult } from '../../src/store/query.ts';

type Row = QueryResult['rows'][number];

const result = (rows: readonly Row[], types: Readonly<Record<string, string>> = {}): QueryResult => ({
  columns: Object.keys(rows[0] ?? {}).map((name) => ({ name, type: types[name] ?? 'VARCHAR' })),
  rows,
  truncated: false,
  elapsedMs: 1,
});

const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1);

it('cuts no number and no time, as the rest would be another one', () => {
  const row = { at: '2026-11-22T10:44:00.123Z', payload: 'x'.repeat(80), n: '170141183460469231731687303715884105727' };
  const answer = result([row, { ...row, n: 1 }], { at: 'TIMESTAMP WITH TIME ZONE', n: 'HUGEINT' });
  expect(linesOf(formatTable(answer, { columns: 80 })).slice(2)).toEqual([
    `${row.at}  ${'x'.repeat(12)}…  ${row.n}`,
    `${row.at}  ${'x'.repeat(12)}…  ${'1'.padStart(row.n.length)}`,
  ]);
});

it('gives each value a line of its own where a row cannot fit', () => {
  const wide = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`column ${index}`, 'x'.repeat(50)]));
  const lines = linesOf(formatTable(result([wide, { ...wide, 'column 1': null }]), { columns: 40 }));
  const cut = `${'x'.repeat(28)}…`;
  expect(lines.slice(0, 3)).toEqual([`── row 1 ${'─'.repeat(31)}`, `column 0   ${cut}`, `column 1   ${cut}`]);
  expect(lines.slice(13, 16)).toEqual([`── row 2 ${'─'.repeat(31)}`, `column 0   ${cut}`, 'column 1   NULL']);
  expect(lines).toHaveLength(26);
  expect(lines.filter((line) => textWidth(line) > 40)).toEqual([]);
});

it('names the columns of no rows even where they do not fit', () => {
  const none = { columns: Array.from({ length: 9 }, (_, index) => ({ name: `column ${index}`, type: 'VARCHAR' })), rows: [], truncated: false, elapsedMs: 1 }; // prettier-ignore
  expect(formatTable(none, { columns: 40 })).toBe('column 0  column 1  column 2  column 3 …\n');
});

it('tells NULL from empty text, and by its colour from the word', () => {
  const answer = result([{ a: null, b: '', c: 'NULL' }]);
  expect(linesOf(formatTable(answer))[2]).toBe('NULL     NULL');
  expect(linesOf(formatTable(answer, { isColoured: true }))[2]).toBe('\x1b[2mNULL\x1b[22m     NULL');
});

it('takes more rows than a call takes arguments, and does not fill them all up for one long text', () => {
  const rows = Array.from({ length: 150_000 }, (_, index) => ({
    a: index === 7 ? 'x'.repeat(1024 * 1024) : 'y',
    b: 1,
  }));
  const text = formatTable(result(rows));
  expect(linesOf(text)).toHaveLength(rows.length + 2);
  expect(text.length).toBeLessThan(rows.length * 600);
});

it('shows marks past those that a language needs as escapes, so that they do not cover other lines', () => {
  expect(safeText(`a${'\u0301'.repeat(9)}b`)).toBe(`a${'\u0301'.repeat(6)}${'\\u{301}'.repeat(3)}b`);
});

it('counts no column for a mark, also where nothing stands before it', () => {
  expect(textWidth('\u0301a')).toBe(1);
  expect(textWidth('e\u0301')).toBe(1);
});
