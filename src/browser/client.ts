import { setDefaultClient } from '../core/default-client.ts';
import { explainMessage } from '../core/explain-message.ts';
import type { Metlog } from '../core/metlog.ts';
import type { MetlogOptions } from '../core/options.ts';
import { checkOptions } from '../core/option-rules.ts';
import { shorten } from '../core/shorten.ts';
import { createPageClient } from './create-client.ts';

/**
 * A client for a page or a worker. Throws `ConfigError` for an option that is wrong, naming it, what came and what is wanted; nothing throws
 * after that.
 */
export function createMetlog(options: MetlogOptions = {}): Metlog {
  return createPageClient(options, { explainMessage, shorten, checkOptions });
}

/** Makes the default client, which `send`, `incr` and the other plain functions use in every copy of this package; closes the one before it. */
export function configure(options: MetlogOptions = {}): Metlog {
  return setDefaultClient(createMetlog(options));
}
