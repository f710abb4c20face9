import type { JSX } from 'preact';
import type { ShownCrumb } from '../../api/exception.ts';
import { Time } from '../parts/time.tsx';

/** What happened before, the latest first; nothing where nothing is known. */
export function Breadcrumbs({ crumbs }: { readonly crumbs: readonly ShownCrumb[] }): JSX.Element | null {
  if (crumbs.length === 0) return null;
  return (
    <section class="card">
      <h2>Before it</h2>
      <div class="moments" tabIndex={0} role="group" aria-label="What happened before">
        <ol>
          {crumbs.map(({ timestamp, type, text }, index) => (
            <li key={index}>
              {timestamp === null ? <span class="when" /> : <Time at={timestamp} />}
              <span class="who said">{type}</span>
              <span class="said">{text}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
