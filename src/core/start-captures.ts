import type { Capture, CaptureContext } from './capture.ts';
import type { Cancel } from './platform.ts';
import { textOf } from './text-of.ts';

/** Starts `captures` in order; the result ends them. One that throws is told, and the others go on. */
export function startCaptures(captures: readonly Capture[], context: CaptureContext): Cancel {
  let ends: Cancel[] = [];

  function attempt(name: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      context.tell(`the capture ${name} failed: ${textOf(error)}`);
    }
  }

  for (const capture of captures) {
    attempt(capture.name, () => {
      const end = capture.start(context);
      ends.push(() => attempt(capture.name, end));
    });
  }
  return () => {
    const ending = ends;
    ends = [];
    for (const end of ending) end();
  };
}
