import type { JSX } from 'preact';

/** Where the SDK sends to if nothing else is said. */
const DEFAULT_DEST = 'udp://127.0.0.1:5565';

/** How to send the first message, to where this server listens. */
export function FirstSteps({ dest }: { readonly dest: string }): JSX.Element {
  const isDefault = dest === DEFAULT_DEST;
  const options = isDefault ? "{ logger: 'my-app' }" : `{ logger: 'my-app', dest: '${dest}' }`;
  return (
    <section class="card wide first-steps">
      <h2>Nothing has arrived yet</h2>
      <p>
        Messages are awaited at <code>{dest}</code>. Send the first one with two lines of code:
      </p>
      <pre tabIndex={0}>
        <code>{`import { createMetlog } from 'metlog'\ncreateMetlog(${options}).incr('hello.world')`}</code>
      </pre>
      <p>
        or from a shell: <code>npx metlog send hello --payload world{isDefault ? '' : ` --dest ${dest}`}</code>
      </p>
    </section>
  );
}
