import type { QueryResult } from '../store/query.ts';
import { fitted, painted, shownCell, type TableTarget } from './cells.ts';
import { clipped, safeText, textWidth } from './terminal-text.ts';

const GAP = '  ';
/** A name takes at most this part of a line. */
const NAME_SHARE = 1 / 3;
/** Where no terminal tells its width. */
const USUAL_COLUMNS = 80;

/** Each row under a rule with its number, a line for each value: for rows that are too wide for a table. Lines are cut at the terminal's width. */
export function formatRecords({ columns: described, rows }: QueryResult, target: TableTarget): string {
  const { columns = USUAL_COLUMNS } = target;
  const names = described.map(({ name }) => ({ name, shown: safeText(name) }));
  if (rows.length === 0) return `${clipped(names.map(({ shown }) => shown).join(GAP), columns)}\n`;
  const mostForNames = Math.max(1, Math.floor(columns * NAME_SHARE));
  const nameWidth = Math.min(mostForNames, Math.max(...names.map(({ shown }) => textWidth(shown, mostForNames))));
  const valueWidth = Math.max(1, columns - nameWidth - GAP.length);
  const record = (row: QueryResult['rows'][number], index: number): string => {
    const rule = `── row ${index + 1} `.padEnd(columns, '─').slice(0, columns);
    const lines = names.map(({ name, shown }) => {
      const value = painted(clipped(shownCell(row[name]), valueWidth), row[name], target);
      return `${fitted(shown, nameWidth, false)}${GAP}${value}`.trimEnd();
    });
    return `${[rule, ...lines].join('\n')}\n`;
  };
  return rows.map(record).join('');
}
