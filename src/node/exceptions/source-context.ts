import { wellFormed } from '../../core/well-formed.ts';

/** Lines kept before the one, and after it. */
const LINES_AROUND = 5;
/** UTF-16 units kept of one line; of a longer one, those about the column. */
const MAX_LINE_LENGTH = 160;

export interface SourceContext {
  readonly context_line: string;
  readonly pre_context: readonly string[];
  readonly post_context: readonly string[];
}

/** The lines of `text` about its line `lineno`, from 1; null where there is no such line. `colno`, from 1, says what to keep of a long one. */
export function sourceContext(text: string, lineno: number, colno = 1): SourceContext | null {
  const [start, end] = linesAround(text, lineno);
  if (start === -1) return null;
  const first = Math.max(lineno - LINES_AROUND, 1);
  const lines = text.slice(start, end).split(/\r?\n/);
  const at = lineno - first;
  const line = lines[at];
  if (line === undefined) return null;
  return {
    context_line: cutAbout(line, colno),
    pre_context: lines.slice(0, at).map((one) => cutAbout(one, 1)),
    post_context: lines.slice(at + 1).map((one) => cutAbout(one, 1)),
  };
}

/** From where to where the lines about `lineno` go: a large file is not split for a few of them. */
function linesAround(text: string, lineno: number): readonly [start: number, end: number] {
  let start = 0;
  for (let line = 1; line < lineno - LINES_AROUND; line += 1) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return [-1, -1];
  }
  let end = start - 1;
  for (let line = Math.max(lineno - LINES_AROUND, 1); line <= lineno + LINES_AROUND; line += 1) {
    end = text.indexOf('\n', end + 1);
    if (end === -1) return [start, text.length];
  }
  return [start, end];
}

function cutAbout(line: string, colno: number): string {
  if (line.length <= MAX_LINE_LENGTH) return wellFormed(line);
  const start = Math.min(Math.max(colno - 1 - MAX_LINE_LENGTH / 2, 0), line.length - MAX_LINE_LENGTH);
  const end = start + MAX_LINE_LENGTH;
  return `${start > 0 ? '… ' : ''}${wellFormed(line.slice(start, end))}${end < line.length ? ' …' : ''}`;
}
