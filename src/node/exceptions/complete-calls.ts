import type { IsSecret } from '../../core/bounded-json.ts';
import type { CompleteCalls } from '../../core/exception.ts';
import { isInApp, type Frame, type FullFrame } from '../../core/stack.ts';
import { localsOf, type PausedCall } from './locals.ts';
import { matchCalls } from './match-calls.ts';
import { redactSource, redactVars } from './redact-vars.ts';
import { sourceContext, type SourceContext } from './source-context.ts';
import { createSourceFiles, type SourceFiles } from './source-files.ts';
import { createSourceMaps, type OriginalPlace, type SourceMaps } from './source-maps.ts';
import { tracebackWith } from './traceback.ts';

/** Frames of what was thrown that get their source around them, the innermost; and of each cause and member. */
const MAX_CONTEXTS = 15;
const MAX_CONTEXTS_OF_OTHERS = 4;
/** What was thrown and its first cause show their variables: a message has to hold all of it. */
const MAX_WITH_VARS = 2;

/** Sources around places that are remembered, as the same few errors come again. */
const MAX_REMEMBERED = 200;

/** Adds to the application's frames where they stand in the sources, the lines around, and the variables that were kept. */
export function createCompleteCalls(): CompleteCalls {
  const files = createSourceFiles();
  const maps = createSourceMaps(files);
  const contexts = new Map<string, SourceContext | null>();
  return (thrown, { frames, text }, isSecret, nth) => {
    if (frames.length === 0) return { frames, text };
    try {
      const calls = matchCalls(frames, nth < MAX_WITH_VARS ? localsOf(thrown) : []);
      const maxContexts = nth === 0 ? MAX_CONTEXTS : MAX_CONTEXTS_OF_OTHERS;
      const full = complete(frames, calls, { files, maps, contexts, isSecret, maxContexts });
      return { frames: full, text: tracebackWith(text, frames, full) };
    } catch {
      return { frames, text }; // an exception is too valuable to be lost for what would have been said beside it
    }
  };
}

interface Means {
  readonly files: SourceFiles;
  readonly maps: SourceMaps;
  readonly contexts: Map<string, SourceContext | null>;
  readonly isSecret: IsSecret;
  readonly maxContexts: number;
}

function complete(frames: readonly Frame[], calls: ReadonlyMap<Frame, PausedCall>, means: Means): FullFrame[] {
  const places = frames.map((frame) => placeOf(frame, means.maps));
  let contexts = frames.filter(({ in_app }) => in_app).length;
  return frames.map((frame, index) => {
    if (!frame.in_app) return frame;
    contexts -= 1;
    const place = places[index] ?? null;
    // At the place of a call stands the name of what is called, which is the next frame inwards.
    const called = places[index - 1]?.name;
    const moved: Frame = {
      ...frame,
      ...(called !== undefined && { function: called }),
      ...(place && { filename: place.filename, lineno: place.lineno, colno: place.colno }),
      in_app: isInApp(place?.filename ?? frame.filename ?? ''),
    };
    if (!moved.in_app) return moved;
    const vars = calls.get(frame)?.vars;
    return {
      ...moved,
      ...(contexts < means.maxContexts && contextOf(moved, place, means)),
      ...(vars && Object.keys(vars).length > 0 && { vars: redactVars(vars, means.isSecret) }),
    };
  });
}

function placeOf({ in_app, filename, lineno, colno }: Frame, maps: SourceMaps): OriginalPlace | null {
  if (!in_app || filename === undefined || lineno === undefined || colno === undefined) return null;
  return maps.find(filename, lineno, colno);
}

function contextOf(frame: Frame, place: OriginalPlace | null, means: Means): SourceContext | null {
  const { filename, lineno, colno } = frame;
  if (filename === undefined || lineno === undefined) return null;
  const key = `${lineno}:${colno ?? 0}:${filename}`;
  const known = means.contexts.get(key);
  if (known !== undefined) return known;
  const text = place?.content ?? means.files.read(filename);
  const context = text === null ? null : sourceContext(text, lineno, colno);
  const shown = (line: string): string => redactSource(line, means.isSecret);
  const made = context && {
    context_line: shown(context.context_line),
    pre_context: context.pre_context.map(shown),
    post_context: context.post_context.map(shown),
  };
  if (means.contexts.size >= MAX_REMEMBERED) means.contexts.clear();
  means.contexts.set(key, made);
  return made;
}
