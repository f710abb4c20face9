import type { QueryResult } from '../store/query.ts';
import { fitted, padded, painted, shownCell, type Cell, type TableTarget } from './cells.ts';
import { formatRecords } from './records.ts';
import { safeText, textWidth } from './terminal-text.ts';

/** Texts are never made narrower than this to fit a terminal. */
const MIN_COLUMN_WIDTH = 8;
/** Where nothing is cut, wider cells stick out: one text of a MiB does not fill up all other rows with spaces. */
const MAX_PADDED_WIDTH = 500;
const GAP = '  ';

const NUMERIC_TYPE = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\([\d,]+\))$/;
/** A number or time of which the end is missing would be another one, so these are not cut. */
const FIXED_TYPE = /^(?:BOOLEAN|DATE|TIME|TIMESTAMP|UUID)(?:$|[ _])/;

/**
 * The rows as columns under their names, numbers to the right. Nothing in it can move a terminal's cursor. With `columns`, the widest texts are cut until a
 * row fits; where that is not enough, each row is lines of its own, one for each value.
 */
export function formatTable(result: QueryResult, target: TableTarget = {}): string {
  const { rows } = result;
  const { columns } = target;
  const names = result.columns.map(({ name }) => name);
  const heads = names.map(safeText);
  const cells = rows.map((row) => names.map((name) => shownCell(row[name])));
  const wanted = heads.map((head, index) => widest(head, cells, index, columns ?? MAX_PADDED_WIDTH));
  const isFixed = result.columns.map(({ type }) => NUMERIC_TYPE.test(type) || FIXED_TYPE.test(type));
  const widths = columns === undefined ? wanted : narrowed(wanted, isFixed, columns);
  if (widths === undefined) return formatRecords(result, target);

  const isRight = result.columns.map(({ name, type }) => NUMERIC_TYPE.test(type) || areNumbers(rows, name));
  const fill = columns === undefined ? padded : fitted;
  const line = (row: readonly string[], valueOf: (index: number) => Cell): string => {
    const filled = row.map((text, index) =>
      painted(fill(text, widths[index] ?? 0, isRight[index] ?? false), valueOf(index), target),
    );
    return `${filled.join(GAP).trimEnd()}\n`;
  };
  const noValue = (): Cell => '';
  return [
    line(heads, noValue),
    line(widths.map((width) => '─'.repeat(width)), noValue), // prettier-ignore
    ...cells.map((row, index) => line(row, (column) => rows[index]?.[names[column] ?? ''])),
  ].join('');
}

const areNumbers = (rows: QueryResult['rows'], name: string): boolean =>
  rows.every((row) => row[name] === null || typeof row[name] === 'number') && rows.some((row) => row[name] !== null);

function widest(head: string, cells: readonly (readonly string[])[], index: number, most: number): number {
  let width = Math.max(1, textWidth(head, most));
  for (const row of cells) width = Math.max(width, textWidth(row[index] ?? '', most));
  return Math.min(width, most);
}

/** The widths, those of texts lowered, the widest first, until all fit into `columns`; undefined if they cannot. */
function narrowed(
  wanted: readonly number[],
  isFixed: readonly boolean[],
  columns: number,
): readonly number[] | undefined {
  const room = columns - GAP.length * (wanted.length - 1);
  for (let limit = Math.max(MIN_COLUMN_WIDTH, columns); limit >= MIN_COLUMN_WIDTH; limit--) {
    const widths = wanted.map((width, index) => (isFixed[index] === true ? width : Math.min(width, limit)));
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
  }
  return undefined;
}
