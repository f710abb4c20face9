import type { JsonObject } from './json.ts';

/** One call of a traceback. Absent: the runtime did not say. */
export interface Frame {
  readonly function?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  /** Whether it is the application's own code: neither the runtime's nor a dependency's. */
  readonly in_app: boolean;
  /** It was not on the stack any more: it waits for what is further in. */
  readonly is_async?: true;
}

/** A frame with what the runtime knows beside: its source around the line, and its variables. */
export interface FullFrame extends Frame {
  readonly context_line?: string;
  readonly pre_context?: readonly string[];
  readonly post_context?: readonly string[];
  readonly vars?: JsonObject;
}

/** Frames kept of one stack: what a reader looks at, and what a page can afford to send. */
const MAX_FRAMES = 50;

const NOT_IN_APP =
  /(?:^|[\\/])node_modules[\\/]|^node:|^internal[\\/]|^native$|^<anonymous>$|^index \d+$|^(?:chrome|moz|safari|safari-web)-extension:|^webkit-masked-url:|^resource:/;

/** Whether the file of this name, as a frame has it, is the application's own. */
export const isInApp = (filename: string): boolean => filename !== '' && !NOT_IN_APP.test(filename);

export const stackLines = (stack: string): readonly string[] => stack.split(/[\n\r\u2028\u2029]/);

/** The frames in `stack`, innermost last; empty when there are none that can be read. */
export function parseStack(stack: string): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of stackLines(stack)) {
    const frame = parseFrame(line);
    if (frame) frames.push(frame);
    if (frames.length === MAX_FRAMES) break;
  }
  return frames.reverse();
}

/** The frame in one line of a stack; null where it is none. */
export function parseFrame(line: string): Frame | null {
  // What an error says of itself may come from anyone, so a line is cut up from its ends: a regular expression for all of it would try for ever.
  const parts = line.trimStart().startsWith('at ') ? cutV8(line.trim().slice(3)) : cutGecko(line.trim());
  if (!parts) return null;
  const place = codePlace(parts.place);
  const [, lineno, colno] = POSITION.exec(place) ?? [];
  if (!parts.isSure && lineno === undefined && place === parts.place) return null; // a message with an @ in it
  const filename = filePath(place.replace(POSITION, '').replace(/^async /, ''));
  const called = parts.called.replace(ASYNC_CALL, '');
  const isAsync = called !== parts.called || place.startsWith('async ');
  return {
    ...(called && { function: called }),
    ...(filename && { filename }),
    ...(lineno !== undefined && { lineno: Number(lineno) }),
    ...(colno !== undefined && { colno: Number(colno) }),
    in_app: isInApp(filename),
    ...(isAsync && { is_async: true }),
  };
}

/** V8's `async load`; Firefox's `async*load`, `setTimeout handler*load` and `promise callback*load`. */
const ASYNC_CALL = /^(?:async |[A-Za-z. ]{1,60}\*)/;

/**
 * Where text that was evaluated was handed over, and the file of WebAssembly, whose places are no lines:
 * `eval at run (app.js:1:2), <anonymous>:1:7`, `app.js line 1 > eval:1:7`, `app.wasm:wasm-function[3]:0x1a2`.
 */
function codePlace(place: string): string {
  if (place.startsWith('eval at ')) {
    const from = place.lastIndexOf('(') + 1;
    const end = place.indexOf(')', from);
    return from > 0 && end !== -1 ? place.slice(from, end) : place;
  }
  const evaluated = place.indexOf(' > ');
  const line = evaluated === -1 ? -1 : place.lastIndexOf(' line ', evaluated);
  if (line !== -1) return `${place.slice(0, line)}:${place.slice(line + ' line '.length, evaluated)}`;
  const wasm = place.indexOf(':wasm-function[');
  return wasm === -1 ? place : place.slice(0, wasm);
}

/** The path in a `file:` address, other addresses as they are. */
function filePath(address: string): string {
  if (!address.startsWith('file://')) return address;
  const path = address.slice(7);
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a percent sign that stands for itself
  }
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
