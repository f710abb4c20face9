import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** The traceback as text, to copy. */
export function RawTraceback({ text, isCut }: { readonly text: string; readonly isCut: boolean }): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    copyText(text).then(
      () => setCopied(true),
      () => selectAll(shown.current), // for the reader's own Ctrl+C
    );
  };
  return (
    <details class="raw">
      <summary>As text</summary>
      <button type="button" onClick={copy}>
        {isCopied ? 'copied' : 'copy'}
      </button>
      <pre ref={shown} tabIndex={0} role="group" aria-label="Traceback as text">
        {text}
      </pre>
      {isCut && <p class="quiet">It goes on; the messages have all of it.</p>}
    </details>
  );
}

/** Rejects where the page may not: browsers give the clipboard to pages of HTTPS and of this machine alone. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

function selectAll(element: HTMLElement | null): void {
  if (element !== null) getSelection()?.selectAllChildren(element);
}
