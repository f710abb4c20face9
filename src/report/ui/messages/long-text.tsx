import type { JSX } from 'preact';
import { visibleText } from './visible-text.ts';

/** Text of any length in a frame that scrolls; the keyboard reaches it. */
export function LongText({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  return (
    <pre class="long" tabIndex={0} role="region" aria-label={label}>
      {visibleText(text)}
    </pre>
  );
}
