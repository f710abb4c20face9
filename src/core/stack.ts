/** One call of a traceback. Absent: the runtime did not say. */
export interface Frame {
  readonly function?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  /** Whether it is the application's own code: neither the runtime's nor a dependency's. */
  readonly in_app: boolean;
}

/** Frames kept of one stack: what a reader looks at, and what a page can afford to send. */
const MAX_FRAMES = 50;

const NOT_IN_APP = /(?:^|[\\/])node_modules[\\/]|^node:|^internal[\\/]|^native$|^<anonymous>$|^index \d+$/;

/** The frames in `stack`, innermost last; empty when there are none that can be read. */
export function parseStack(stack: string): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split(/[\n\r\u2028\u2029]/)) {
    const frame = parseFrame(line);
    if (frame) frames.push(frame);
    if (frames.length === MAX_FRAMES) break;
  }
  return frames.reverse();
}

// What an error says of itself may come from anyone, so a line is cut up from its ends: a regular expression for all of it would try for ever.
function parseFrame(line: string): Frame | null {
  const parts = line.trimStart().startsWith('at ') ? cutV8(line.trim().slice(3)) : cutGecko(line.trim());
  if (!parts) return null;
  const [, lineno, colno] = POSITION.exec(parts.place) ?? [];
  if (!parts.isSure && lineno === undefined) return null; // a message with an @ in it
  const filename = parts.place
    .replace(POSITION, '')
    .replace(/^async /, '')
    .replace(/^file:\/\//, '');
  const called = parts.called.replace(/^async /, '');
  return {
    ...(called && { function: called }),
    ...(filename && { filename }),
    ...(lineno !== undefined && { lineno: Number(lineno) }),
    ...(colno !== undefined && { colno: Number(colno) }),
    in_app: filename !== '' && !NOT_IN_APP.test(filename),
  };
}

interface LineParts {
  readonly called: string;
  readonly place: string;
  /** The line can be nothing but a frame. */
  readonly isSure: boolean;
}

const POSITION = /:(\d+)(?::(\d+))?$/;

/** `async Shop.order (file:///app/shop.js:10:15)`, or `/app/shop.js:10:15`. https://v8.dev/docs/stack-trace-api */
function cutV8(text: string): LineParts {
  const bracket = text.endsWith(')') ? text.indexOf(' (') : -1;
  if (bracket === -1) return { called: '', place: text, isSure: true };
  return { called: text.slice(0, bracket), place: text.slice(bracket + 2, -1), isSure: true };
}

/** SpiderMonkey and JavaScriptCore: `order@https://shop.example/app.js:10:15`. */
function cutGecko(text: string): LineParts | null {
  const at = text.indexOf('@');
  return at === -1 ? null : { called: text.slice(0, at), place: text.slice(at + 1), isSure: false };
}
