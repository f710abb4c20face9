import { pagePermit, type KeyScope, type LinePermit } from '../core/line-permit.ts';
import { isKeyId } from '../core/signing-key.ts';
import type { Rate } from '../core/token-buckets.ts';
import { originPolicy, type OriginPolicy } from './origins.ts';
import { requireWhole } from './require-whole.ts';

/** What may be sent with a key. In lists of loggers and types, `*` stands for any run of characters. */
export interface RelayKey extends KeyScope {
  /** Loggers whose messages may be sent with it. @default all */
  readonly loggers?: readonly string[] | undefined;
  /** Types of messages that may be sent with it; of `metlog.*` only `metlog.report`, whatever is listed. @default all */
  readonly types?: readonly string[] | undefined;
  /** Origins of pages that may use it. @default the relay's `origins` */
  readonly origins?: readonly string[] | undefined;
  /** Bodies a second from one client. @default `limits.ratePerSecond` */
  readonly ratePerSecond?: number | undefined;
  /** Bodies that one client may send at once before that. @default `limits.burst` */
  readonly burst?: number | undefined;
  /** One that has a secret is for senders that sign, as in the router's configuration; the relay passes over it. */
  readonly secret?: string | undefined;
}

/** A key that pages use. */
export interface PageKey {
  readonly id: string;
  /** Undefined: as the relay says. */
  readonly mayUse: OriginPolicy | undefined;
  readonly rate: Rate;
  readonly permit: LinePermit;
}

/** The keys that pages use, by id. Throws a RangeError that names an option which is wrong. */
export function pageKeys(keys: Readonly<Record<string, RelayKey>>, fallback: Rate): ReadonlyMap<string, PageKey> {
  const found = new Map<string, PageKey>();
  for (const [id, key] of Object.entries(keys)) {
    if (key.secret !== undefined) continue;
    if (!isKeyId(id))
      throw new RangeError(`keys must be named by 1 to 64 letters, digits, _, - and ., got ${JSON.stringify(id)}`);
    const { origins, ratePerSecond = fallback.ratePerSecond, burst = fallback.burst } = key;
    requireWhole(`keys.${id}.ratePerSecond`, ratePerSecond, 1);
    requireWhole(`keys.${id}.burst`, burst, 1);
    found.set(id, {
      id,
      mayUse: origins && originPolicy(origins),
      rate: { ratePerSecond, burst },
      permit: pagePermit(key),
    });
  }
  return found;
}
