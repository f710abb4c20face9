import type { JSX } from 'preact';
import { clockSeconds } from '../format.ts';
import { hrefTo, hrefWith } from '../place.ts';
import { rangeParameters } from '../time-range.ts';

/** A part of a graph, in epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a part of a graph leads: into itself, and to the messages and exceptions of its time. */
export function SpanActions({ span, onClose }: { readonly span: Span; readonly onClose: () => void }): JSX.Element {
  const between = rangeParameters({ kind: 'between', ...span });
  return (
    <div class="span-actions" role="group" aria-label="Chosen span">
      <span class="number">
        {clockSeconds(new Date(span.fromMs))} – {clockSeconds(new Date(span.toMs))}
      </span>
      <a href={hrefWith(between)} onClick={onClose}>
        zoom in
      </a>
      <a href={hrefTo(['messages'], between)}>messages</a>
      <a href={hrefTo(['exceptions'], between)}>exceptions</a>
      <button type="button" aria-label="Forget the span" onClick={onClose}>
        ×
      </button>
    </div>
  );
}
