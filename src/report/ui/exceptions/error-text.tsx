import type { JSX } from 'preact';

/** A longer text scrolls in a box of its own, in UTF-16 units or lines. */
const LONG_LENGTH = 400;
const LONG_LINES = 4;

/** What an error says of itself; nothing where it says nothing. */
export function ErrorText({ text }: { readonly text: string }): JSX.Element | null {
  if (text === '') return null;
  const isLong = text.length > LONG_LENGTH || text.split('\n').length > LONG_LINES;
  if (!isLong) return <p class="group-text said">{text}</p>;
  return (
    <p class="group-text group-text-long said" tabIndex={0} role="group" aria-label="Text of the error">
      {text}
    </p>
  );
}
