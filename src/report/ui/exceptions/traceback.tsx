import type { JSX } from 'preact';
import type { ShownError, ShownFrame } from '../../api/exception.ts';
import { many } from '../../words.ts';
import { Entries } from './entries.tsx';
import { ErrorText } from './error-text.tsx';

const RELATIONS: Readonly<Record<ShownError['relation'], string>> = {
  thrown: '',
  cause: 'Caused by',
  member: 'One of its errors',
};

/** One error of a chain: what it says, and its calls, the innermost first; calls of libraries are folded together. */
export function Traceback({ error }: { readonly error: ShownError }): JSX.Element {
  const relation = RELATIONS[error.relation];
  const hasOwn = error.frames.some(({ inApp }) => inApp);
  return (
    <div class="traceback" style={{ marginLeft: `${Math.min(Math.max(error.depth - 1, 0), 3) * 12}px` }}>
      {relation !== '' && (
        <>
          <h2 class="said">
            <span class="who">{relation}</span> {error.type}
          </h2>
          <ErrorText text={error.value} />
        </>
      )}
      {error.frames.length === 0 && <p class="quiet">no calls were sent</p>}
      {runsOf(error.frames).map((run, index) =>
        run.inApp ? (
          run.frames.map((frame, nth) => <Frame key={`${index} ${nth}`} frame={frame} isOpen />)
        ) : (
          <details key={index} class="libraries" open={!hasOwn}>
            <summary class="quiet">{many(run.frames.length, 'call')} of libraries</summary>
            {run.frames.map((frame, nth) => (
              <Frame key={nth} frame={frame} isOpen={false} />
            ))}
          </details>
        ),
      )}
      {error.moreFrames > 0 && <p class="quiet">and {many(error.moreFrames, 'call')} further out</p>}
    </div>
  );
}

interface Run {
  readonly inApp: boolean;
  readonly frames: ShownFrame[];
}

/** Frames that follow each other and are all the application's own, or all of libraries. */
function runsOf(frames: readonly ShownFrame[]): readonly Run[] {
  const runs: Run[] = [];
  for (const frame of frames) {
    const last = runs.at(-1);
    if (last?.inApp === frame.inApp) last.frames.push(frame);
    else runs.push({ inApp: frame.inApp, frames: [frame] });
  }
  return runs;
}

function Frame({ frame, isOpen }: { readonly frame: ShownFrame; readonly isOpen: boolean }): JSX.Element {
  const head = (
    <>
      <span class="said frame-function">{frame.function ?? 'anonymous'}</span>
      {frame.isAsync && <span class="who">waits for it</span>}
      <span class="who said frame-place">{placeOf(frame)}</span>
    </>
  );
  if (frame.source === null && frame.vars.length === 0) return <p class="frame-head frame-bare">{head}</p>;
  return (
    <details class="frame-call" open={isOpen}>
      <summary class="frame-head">{head}</summary>
      {frame.source !== null && <Source source={frame.source} />}
      {frame.vars.length > 0 && <Entries entries={frame.vars} more={0} />}
    </details>
  );
}

function placeOf({ filename, lineno, colno }: ShownFrame): string {
  const position = [lineno, colno].filter((one) => one !== null).join(':');
  return [filename ?? '', position].filter(Boolean).join(':');
}

function Source({ source }: { readonly source: NonNullable<ShownFrame['source']> }): JSX.Element {
  const { firstLine, before, line, after } = source;
  return (
    <pre class="source" tabIndex={0} role="group" aria-label="Source">
      {[...before, line, ...after].map((text, index) => (
        <span key={index} class={index === before.length ? 'source-line source-here' : 'source-line'}>
          <span class="source-number">{firstLine + index}</span>
          <code>{text || ' '}</code>
        </span>
      ))}
    </pre>
  );
}
