import type { JsonValue } from '../../core/json.ts';
import { parseFrame, stackLines, type Frame, type FullFrame } from '../../core/stack.ts';

/** UTF-16 units kept of one variable in the text; all of it is in the frame. */
const MAX_VALUE_LENGTH = 300;

/** The lines of a stack, `text`, of which `frames` were read, as `full` has them: at their places in the sources, the variables below each. */
export function tracebackWith(text: string, frames: readonly Frame[], full: readonly FullFrame[]): string {
  if (!full.some((frame, index) => frame.vars || isElsewhere(frame, frames[index]))) return text;
  let index = frames.length;
  const lines = stackLines(text).map((line) => {
    if (index === 0 || parseFrame(line) === null) return line;
    index -= 1;
    const frame = full[index];
    if (!frame) return line;
    const shown = isElsewhere(frame, frames[index]) ? frameLine(frame) : line;
    return [shown, ...Object.entries(frame.vars ?? {}).map(variableLine)].join('\n');
  });
  return lines.join('\n');
}

function isElsewhere(frame: Frame, original: Frame | undefined): boolean {
  return (
    frame.filename !== original?.filename || frame.lineno !== original?.lineno || frame.function !== original?.function
  );
}

function frameLine({ function: called, filename = '', lineno, colno }: Frame): string {
  const place = `${filename}:${lineno ?? 0}:${colno ?? 0}`;
  return called === undefined ? `    at ${place}` : `    at ${called} (${place})`;
}

function variableLine([name, value]: readonly [string, JsonValue]): string {
  const text = JSON.stringify(value);
  return `        ${name} = ${text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text}`;
}
