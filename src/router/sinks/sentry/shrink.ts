import type { Event, Exception, StackFrame } from '@sentry/core';

/** Tag of an event that was too large: what it was sent without. */
const TRUNCATED_TAG = 'metlog.truncated';
/** Kept of each text, in UTF-16 units, when nothing else helps. */
const SHORT_TEXT_LENGTH = 1_000;
/** Kept of each stack then, from its inner end, and of the exceptions. */
const FEW_FRAMES = 10;
const FEW_EXCEPTIONS = 5;

/** The event with less and less in it, the bulkiest parts first, each step only where there is something to leave out. */
export function* shrink(event: Event): Generator<Event> {
  let smaller = event;
  const left: string[] = [];
  for (const [part, without] of STEPS) {
    const next = without(smaller);
    if (JSON.stringify(next) === JSON.stringify(smaller)) continue;
    smaller = next;
    left.push(part);
    yield { ...smaller, tags: { ...smaller.tags, [TRUNCATED_TAG]: left.join('.') } };
  }
}

type Step = (event: Event) => Event;

const STEPS: readonly (readonly [part: string, without: Step])[] = [
  ['vars', eachFrame(({ vars: _, ...frame }) => frame)],
  ['context', eachFrame(({ context_line: _, pre_context: _pre, post_context: _post, ...frame }) => frame)],
  ['extra', ({ extra: _, ...event }) => event],
  ['text', shortened],
];

function eachFrame(change: (frame: StackFrame) => StackFrame): Step {
  return (event) =>
    withValues(event, (values) =>
      values.map((value) =>
        value.stacktrace?.frames ? { ...value, stacktrace: { frames: value.stacktrace.frames.map(change) } } : value,
      ),
    );
}

function shortened(event: Event): Event {
  const few = withValues(event, (values) =>
    values.slice(-FEW_EXCEPTIONS).map(({ stacktrace, ...value }) => ({
      ...value,
      ...(value.type !== undefined && { type: value.type.slice(0, SHORT_TEXT_LENGTH) }),
      ...(value.value !== undefined && { value: value.value.slice(0, SHORT_TEXT_LENGTH) }),
      ...(stacktrace?.frames && { stacktrace: { frames: stacktrace.frames.slice(-FEW_FRAMES) } }),
    })),
  );
  return few.message === undefined ? few : { ...few, message: few.message.slice(0, SHORT_TEXT_LENGTH) };
}

function withValues(event: Event, change: (values: readonly Exception[]) => Exception[]): Event {
  return event.exception?.values ? { ...event, exception: { values: change(event.exception.values) } } : event;
}
