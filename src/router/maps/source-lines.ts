/** Lines of source on either side of the one at fault. */
const CONTEXT_LINES = 5;
/** UTF-16 units kept of a line: a minified one may be the whole program. */
const MAX_LINE_LENGTH = 200;

export interface SourceLines {
  readonly context_line: string;
  readonly pre_context: readonly string[];
  readonly post_context: readonly string[];
}

/** The line of this number, from 1, and those around it; undefined if there is none. */
export function sourceLines(source: string, lineno: number): SourceLines | undefined {
  const lines: string[] = [];
  const first = Math.max(1, lineno - CONTEXT_LINES);
  let start = 0;
  for (let number = 1; number <= lineno + CONTEXT_LINES; number++) {
    const newline = source.indexOf('\n', start);
    if (number >= first) lines.push(cut(source.slice(start, newline === -1 ? undefined : newline)));
    if (newline === -1) break;
    start = newline + 1;
  }
  const at = lineno - first;
  const line = lines[at];
  return line === undefined
    ? undefined
    : { context_line: line, pre_context: lines.slice(0, at), post_context: lines.slice(at + 1) };
}

function cut(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text;
}
