import type { Exception, StackFrame } from '@sentry/core';
import { isRecord } from '../../../core/json.ts';

/** Exceptions that are sent of one message: causes and members are few, and who sends them may be anyone. */
const MAX_VALUES = 50;

/** What an exception is to the one that it belongs to. */
interface Kin {
  readonly source: string;
  readonly parentId: number;
}

/**
 * `metadata.exception` as Sentry's list of exceptions: the oldest cause first, what was thrown last, numbered from what was thrown, each
 * naming the one that it is a cause or a member of. https://develop.sentry.dev/sdk/foundations/data-model/event-payloads/exception/
 */
export function exceptionValues(described: Readonly<Record<string, unknown>>): Exception[] {
  const values: Exception[] = [];
  const handled = typeof described['handled'] === 'boolean' ? { handled: described['handled'] } : {};

  function add(from: Readonly<Record<string, unknown>>, kin?: Kin): void {
    if (values.length >= MAX_VALUES) return;
    const id = values.length;
    const { type, value, frames, cause, errors, mechanism } = from;
    const members = Array.isArray(errors) ? errors.filter(isRecord) : [];
    const stack = Array.isArray(frames) ? frames.filter(isRecord).map(toFrame) : [];
    values.push({
      type: textOr(type, 'Error'),
      value: textOr(value, ''),
      ...(stack.length > 0 && { stacktrace: { frames: stack } }),
      mechanism: {
        type: kin ? 'chained' : textOr(mechanism, 'generic'),
        ...handled,
        exception_id: id,
        ...(kin && { source: kin.source, parent_id: kin.parentId }),
        ...(members.length > 0 && { is_exception_group: true }),
      },
    });
    if (isRecord(cause)) add(cause, { source: 'cause', parentId: id });
    members.forEach((member, index) => add(member, { source: `errors[${index}]`, parentId: id }));
  }

  add(described);
  return values.reverse();
}

/** What of a frame has the shape that Sentry takes. */
function toFrame(frame: Readonly<Record<string, unknown>>): StackFrame {
  const { filename, lineno, colno, in_app, context_line, pre_context, post_context, vars } = frame;
  const called = frame['function'];
  return {
    ...(typeof called === 'string' && { function: called }),
    ...(typeof filename === 'string' && { filename }),
    ...(typeof lineno === 'number' && { lineno }),
    ...(typeof colno === 'number' && { colno }),
    ...(typeof in_app === 'boolean' && { in_app }),
    ...(typeof context_line === 'string' && { context_line }),
    ...(isTexts(pre_context) && { pre_context }),
    ...(isTexts(post_context) && { post_context }),
    ...(isRecord(vars) && { vars }),
  };
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((line) => typeof line === 'string');
