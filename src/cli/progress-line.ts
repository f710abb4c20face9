import type { CliContext } from './command.ts';
import { clipped } from './terminal-text.ts';

/** What is answered sooner needs no line. */
const SHOWN_AFTER_MS = 1_000;
const REDRAW_EVERY_MS = 200;
/** To the line's beginning, and erase it. ECMA-48, section 8.3.41. */
const CLEAR_LINE = '\r\x1b[2K';
/** Of a terminal that does not tell, or says 0, as one without a size does. */
const USUAL_COLUMNS = 80;

/** One line that says how long something has taken, and how much of it is done where that is known. */
export interface ProgressLine {
  /** How much is done, from 0 to 1. */
  done(ratio: number): void;
  /** What is to be said from now on in place of that; nothing for the time again. */
  says(text: string | undefined): void;
  /** Erases the line until it is drawn again, so that another can be written in its place. */
  clear(): void;
  /** Erases the line. */
  end(): void;
}

/** Begins to count; the line appears on stderr after a second, if that is a terminal. */
export function startProgressLine(name: string, stderr: CliContext['stderr'], signal: AbortSignal): ProgressLine {
  if (stderr.isTTY !== true)
    return { done: () => undefined, says: () => undefined, clear: () => undefined, end: () => undefined };
  const startedMs = performance.now();
  let ratio: number | undefined;
  let said: string | undefined;
  let shown = '';

  function draw(): void {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs < SHOWN_AFTER_MS) return;
    const parts = signal.aborted
      ? ['stopping; Ctrl-C once more ends it at once']
      : said === undefined
        ? [`${Math.floor(elapsedMs / 1_000)} s`, ...(ratio === undefined ? [] : [`${Math.floor(ratio * 100)} %`])]
        : [said];
    // One column is left free, as a full line would wrap on some terminals.
    const text = clipped(`${name}: ${parts.join(', ')}`, (stderr.columns || USUAL_COLUMNS) - 1);
    if (text !== shown) stderr.write(CLEAR_LINE + text);
    shown = text;
  }

  function clear(): void {
    if (shown !== '') stderr.write(CLEAR_LINE);
    shown = '';
  }

  const drawing = setInterval(draw, REDRAW_EVERY_MS);
  return {
    done: (now) => void (ratio = now),
    says: (text) => void (said = text),
    clear,
    end() {
      clearInterval(drawing);
      clear();
    },
  };
}
