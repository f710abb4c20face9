import * as z from 'zod/mini';
import { isRecord } from '../../core/json.ts';
import type { ShownError, ShownFrame } from '../api/exception.ts';
import { showEntries } from './show-entries.ts';
import { cut } from './show-value.ts';

/** Errors shown of one exception: causes and members are few, and who sends them may be anyone. */
const MAX_ERRORS = 30;
const MAX_FRAMES = 200;
/** UTF-16 units of an error's text, of a name, and of a line of source; minified code has lines of a megabyte. */
const MAX_VALUE_LENGTH = 10_000;
const MAX_NAME_LENGTH = 500;
const MAX_LINE_LENGTH = 400;
/** Lines of source before or after the one that is marked; the SDK sends five. */
const MAX_CONTEXT_LINES = 20;

const text = /* @__PURE__ */ z.catch(z.nullable(z.string()), null);
const wholeNumber = /* @__PURE__ */ z.catch(z.nullable(z.number().check(z.int(), z.nonnegative())), null);
const flag = /* @__PURE__ */ z.catch(z.boolean(), false);
const lines = /* @__PURE__ */ z.catch(z.array(z.string()), []);

/** What of a frame has the shape that it should have; the rest is as if it were not there. */
const frameSchema = /* @__PURE__ */ z.object({
  function: text,
  filename: text,
  lineno: wholeNumber,
  colno: wholeNumber,
  in_app: flag,
  is_async: flag,
  context_line: text,
  pre_context: lines,
  post_context: lines,
  vars: z.catch(z.record(z.string(), z.unknown()), {}),
});

/** What was thrown, then its cause chain and the members of each, depth first. Bounded, and never throws. */
export function showErrors(thrown: Readonly<Record<string, unknown>>, errorType: string | null): readonly ShownError[] {
  const shown: ShownError[] = [];
  const waiting: {
    readonly from: Readonly<Record<string, unknown>>;
    readonly relation: ShownError['relation'];
    readonly depth: number;
  }[] = [{ from: thrown, relation: 'thrown', depth: 0 }];
  for (let next = waiting.pop(); next !== undefined && shown.length < MAX_ERRORS; next = waiting.pop()) {
    const { from, relation, depth } = next;
    const { type, value, cause, errors } = from;
    const frames = Array.isArray(from['frames']) ? from['frames'].filter(isRecord) : [];
    shown.push({
      relation,
      depth,
      type: cut(typeof type === 'string' && type !== '' ? type : (errorType ?? 'Error'), MAX_NAME_LENGTH),
      value: typeof value === 'string' ? cut(value, MAX_VALUE_LENGTH) : '',
      frames: frames.slice(-MAX_FRAMES).reverse().map(showFrame),
      moreFrames: Math.max(0, frames.length - MAX_FRAMES),
    });
    // The last is looked at first: a cause before the members, and these in their order.
    const members = Array.isArray(errors) ? errors.filter(isRecord).slice(0, MAX_ERRORS) : [];
    for (const member of members.reverse()) waiting.push({ from: member, relation: 'member', depth: depth + 1 });
    if (isRecord(cause)) waiting.push({ from: cause, relation: 'cause', depth: depth + 1 });
  }
  return shown;
}

function showFrame(given: Readonly<Record<string, unknown>>): ShownFrame {
  const { lineno, colno, in_app, is_async, context_line, pre_context, post_context, vars, ...frame } =
    frameSchema.parse(given);
  const before = pre_context.slice(-MAX_CONTEXT_LINES).map(sourceLine);
  return {
    function: frame.function === null ? null : cut(frame.function, MAX_NAME_LENGTH),
    filename: frame.filename === null ? null : cut(frame.filename, MAX_NAME_LENGTH),
    lineno,
    colno,
    inApp: in_app,
    isAsync: is_async,
    source:
      context_line === null
        ? null
        : {
            firstLine: (lineno ?? before.length + 1) - before.length,
            before,
            line: sourceLine(context_line),
            after: post_context.slice(0, MAX_CONTEXT_LINES).map(sourceLine),
          },
    vars: showEntries(Object.entries(vars)),
  };
}

const sourceLine = (line: string): string => cut(line, MAX_LINE_LENGTH);
