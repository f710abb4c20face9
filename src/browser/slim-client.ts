import { setDefaultClient } from '../core/default-client.ts';
import type { Metlog } from '../core/metlog.ts';
import { createPageClient } from './create-client.ts';
import type { PageOptions } from './page-options.ts';

/** A client as `metlog/browser` makes it, without zod: what is wrong with a message it says in fewer words. Throws `ConfigError` for an option that is wrong. */
export function createMetlog(options: PageOptions = {}): Metlog {
  return createPageClient(options, () => 'it is not a message');
}

/** Makes the default client, which `send`, `incr` and the other plain functions use in every copy of this package; closes the one before it. */
export function configure(options: PageOptions = {}): Metlog {
  return setDefaultClient(createMetlog(options));
}
