import { padded } from './cells.ts';
import { coloured, type Colour } from './colours.ts';
import { clipped, safeText, textWidth } from './terminal-text.ts';

/** What a report on a terminal is written for. */
export interface Screen {
  /** Its width; undefined where lines may be of any length. */
  readonly columns: number | undefined;
  readonly isColoured: boolean;
}

/** A piece of text, and its colour where there are colours. */
export interface Cell {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

const GAP = '  ';
/** A name is not cut to less than this to fit a screen. */
const MIN_NAME_WIDTH = 8;

/** Text in a colour, where there are colours, with nothing in it that a terminal would obey. */
export function painted({ text, colour }: Cell, { isColoured }: Screen): string {
  const safe = safeText(text);
  return isColoured && colour !== undefined && safe !== '' ? coloured(colour, safe) : safe;
}

/** Rows in columns: the first `leftCount` begin at the left, the others end at the right. The first column is cut where a row would not fit. */
export function inColumns(rows: readonly (readonly Cell[])[], leftCount: number, screen: Screen): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ text }, index) => (widths[index] = Math.max(widths[index] ?? 0, textWidth(safeText(text)))));
  }
  const tooMuch = rowWidth(widths) - (screen.columns ?? Number.POSITIVE_INFINITY);
  if (tooMuch > 0) widths[0] = Math.min(widths[0] ?? 0, Math.max(MIN_NAME_WIDTH, (widths[0] ?? 0) - tooMuch));
  const line = (row: readonly Cell[]): string => {
    const cells = row.map(({ text, colour }, index) => {
      const width = widths[index] ?? 0;
      const shown = clipped(safeText(text), width);
      const filled = padded(shown, width, index >= leftCount);
      return filled.replace(shown, () => painted({ text: shown, colour }, screen));
    });
    return `${cells.join(GAP).trimEnd()}\n`;
  };
  return rows.map(line).join('');
}

/** Columns that rows with cells so wide take. */
const rowWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);

/** Text in lines as wide as the screen, broken between words; those after the first begin with `indent`. */
export function wrapped(text: string, indent: string, { columns = Number.POSITIVE_INFINITY }: Screen): string[] {
  const safe = safeText(text);
  const [start = ''] = /^ */.exec(safe) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const word of safe.slice(start.length).split(' ')) {
    const longer = line === '' ? start + word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}
