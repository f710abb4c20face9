import * as z from 'zod/mini';
import { isKeyId, isSecretText, MIN_SECRET_LENGTH } from '../../core/signing-key.ts';
import { whole } from '../sinks/spec-fields.ts';
import { originsSchema } from './origins-schema.ts';

/**
 * A key, and what may be sent with it. In lists of loggers and types, `*` stands for any run of characters. With a `secret` it is one that
 * senders sign with; without, one that pages name in `?key=`, where everyone can read it.
 */
export interface KeySpec {
  /** What sender and router share, at least 16 characters. @default none: a key for pages, which signs nothing */
  readonly secret?: string | undefined;
  /** Loggers whose messages may be sent with it. @default all */
  readonly loggers?: readonly string[] | undefined;
  /** Types of messages that may be sent with it. Of `metlog.*`, a page has only `metlog.report`, whatever is listed. @default all */
  readonly types?: readonly string[] | undefined;
  /** Origins of pages that may use it. Not beside a secret. @default those that the relay takes */
  readonly origins?: readonly string[] | undefined;
  /** Bodies a second that one client may send with it. Not beside a secret. @default as the relay's limits say */
  readonly ratePerSecond?: number | undefined;
  /** Bodies that one client may send at once before that. Not beside a secret. @default as the relay's limits say */
  readonly burst?: number | undefined;
}

/** Keys by id. */
export type KeySpecs = Readonly<Record<string, KeySpec>>;

/** What receiving needs to know of keys: plain data, which travels to the receiving thread. */
export interface KeyRules {
  /** Without any that has a secret, nothing that is signed is taken. */
  readonly keys: KeySpecs;
  /** Whether UDP datagrams without a signature are taken although there are keys to sign with. */
  readonly allowUnsigned: boolean;
}

/** A limit past this is none. */
const MAX_BODIES = 1_000_000;

const PATTERNS = 'a list of names, in which * stands for any text';
const patterns = z.optional(z.array(z.string(PATTERNS), PATTERNS));

const bodyCount = z.optional(whole(1, MAX_BODIES));
/** What a key for pages says. Beside a secret it would have no effect: what is signed comes from no page. */
const PAGE_OPTIONS = ['origins', 'ratePerSecond', 'burst'] as const;

export const keySpecSchema: z.ZodMiniType<KeySpec> = z
  .strictObject({
    secret: z.optional(z.unknown()),
    loggers: patterns,
    types: patterns,
    origins: originsSchema,
    ratePerSecond: bodyCount,
    burst: bodyCount,
  })
  .check(
    z.refine(({ secret }) => secret === undefined || isSecretText(secret), {
      error: `a text of at least ${MIN_SECRET_LENGTH} characters`,
      path: ['secret'],
    }),
    ...PAGE_OPTIONS.map((option) =>
      z.refine<PageKey>((key) => key.secret === undefined || key[option] === undefined, {
        error: 'left out beside a secret: pages use keys without one',
        path: [option],
      }),
    ),
  ) as unknown as z.ZodMiniType<KeySpec>; // what `secret` is, the refinement knows

type PageKey = Readonly<Partial<Record<'secret' | (typeof PAGE_OPTIONS)[number], unknown>>>;

const ID = 'a key id of 1 to 64 letters, digits, _, - and .';

/** Keys by id, as the configuration holds them. */
export const keySpecsSchema: z.ZodMiniType<KeySpecs> = z.record(z.string().check(z.refine(isKeyId, ID)), keySpecSchema);

/** Whether one of these keys tells senders of other machines apart: those of pages are no secrets. */
export const hasSigningKey = (keys: KeySpecs = {}): boolean =>
  Object.values(keys).some(({ secret }) => secret !== undefined);
