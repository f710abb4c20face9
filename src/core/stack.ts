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

// V8: `    at async Shop.order (file:///app/shop.js:10:15)`, `    at /app/shop.js:10:15`. https://v8.dev/docs/stack-trace-api
const V8_FRAME = /^\s*at (?:(.*?) \()?(.*?)(?::(\d+))?(?::(\d+))?\)?$/;
// SpiderMonkey and JavaScriptCore: `order@https://shop.example/app.js:10:15`
const GECKO_FRAME = /^(.*?)@(.*?)(?::(\d+))?(?::(\d+))?$/;
const NOT_IN_APP = /(?:^|[\\/])node_modules[\\/]|^node:|^internal[\\/]|^native$|^<anonymous>$|^index \d+$/;

/** The frames in `stack`, innermost last; empty when there are none that can be read. */
export function parseStack(stack: string): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const frame = parseFrame(line);
    if (frame) frames.push(frame);
    if (frames.length === MAX_FRAMES) break;
  }
  return frames.reverse();
}

function parseFrame(line: string): Frame | null {
  const isV8 = /^\s*at /.test(line);
  const parts = isV8 ? V8_FRAME.exec(line) : GECKO_FRAME.exec(line);
  if (!parts) return null;
  const [, name, place = '', lineno, colno] = parts;
  if (!isV8 && lineno === undefined) return null; // a message with an @ in it
  const filename = place.replace(/^async /, '').replace(/^file:\/\//, '');
  const called = name?.replace(/^async /, '');
  return {
    ...(called && { function: called }),
    ...(filename && { filename }),
    ...(lineno !== undefined && { lineno: Number(lineno) }),
    ...(colno !== undefined && { colno: Number(colno) }),
    in_app: filename !== '' && !NOT_IN_APP.test(filename),
  };
}
