import type { JSX } from 'preact';
import { GroupList } from '../exceptions/group-list.tsx';
import { GroupView } from '../exceptions/group-view.tsx';

/** Exceptions by group; `#/exceptions/<fingerprint>` is one group with its newest exception, `…/<sender>/<seq>` with another. */
export function ExceptionsPage({ rest }: { readonly rest: readonly string[] }): JSX.Element {
  const [fingerprint, sender, seq] = rest;
  if (fingerprint === undefined) return <GroupList />;
  return <GroupView key={fingerprint} fingerprint={fingerprint} sender={sender} seq={seq} />;
}
