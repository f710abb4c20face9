import type { Frame } from '../../core/stack.ts';
import type { PausedCall } from './locals.ts';

/**
 * The paused call of each of `frames` that has one. `frames` as the stack tells them, before source maps, innermost last; `calls` innermost first. A stack is
 * written where the error is made and the calls are seen where it is thrown, so the innermost line may be another; calls further out stand at the same one.
 */
export function matchCalls(frames: readonly Frame[], calls: readonly PausedCall[]): ReadonlyMap<Frame, PausedCall> {
  const matches = new Map<Frame, PausedCall>();
  let next = 0;
  for (const frame of [...frames].reverse()) {
    for (let index = next; index < calls.length; index += 1) {
      const call = calls[index] as PausedCall;
      if (!isSameCall(frame, call, index === 0)) continue;
      matches.set(frame, call);
      next = index + 1;
      break;
    }
  }
  return matches;
}

function isSameCall(frame: Frame, call: PausedCall, isInnermost: boolean): boolean {
  if (frame.filename !== call.filename) return false;
  return frame.lineno === call.lineno || (isInnermost && lastName(frame.function ?? '') === call.function);
}

/** `order` of `new Shop.order [as handle]`: the debugger tells a function's own name. */
function lastName(called: string): string {
  const name = called.replace(/ \[as .*\]$/, '').replace(/^new /, '');
  return name === '<anonymous>' ? '' : name.slice(name.lastIndexOf('.') + 1);
}
