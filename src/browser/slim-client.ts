import { setDefaultClient } from '../core/default-client.ts';
import type { Metlog } from '../core/metlog.ts';
import type { MetlogOptions } from '../core/options.ts';
import { createPageClient } from './create-client.ts';

/**
 * A client as `metlog/browser` makes it, with less around it: options are not checked, a message that is wrong is dropped and counted without a
 * word on why, and one of more than a megabyte is dropped instead of shortened.
 */
export function createMetlog(options: MetlogOptions = {}): Metlog {
  return createPageClient(options, { explainMessage: () => 'it is not a message', checkOptions: () => undefined });
}

/** Makes the default client, which `send`, `incr` and the other plain functions use in every copy of this package; closes the one before it. */
export function configure(options: MetlogOptions = {}): Metlog {
  return setDefaultClient(createMetlog(options));
}
