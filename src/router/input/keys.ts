import * as z from 'zod/mini';
import { isKeyId, isSecretText, MIN_SECRET_LENGTH } from '../../core/signing-key.ts';

/** A key with which senders sign, and what they may send with it. In lists, `*` stands for any run of characters. */
export interface KeySpec {
  /** What sender and router share, at least 16 characters. */
  readonly secret: string;
  /** Loggers whose messages it may sign. @default all */
  readonly loggers?: readonly string[] | undefined;
  /** Types of messages that it may sign. @default all */
  readonly types?: readonly string[] | undefined;
  /** Origins of pages that may use it over HTTP. @default those that the relay takes */
  readonly origins?: readonly string[] | undefined;
}

/** Keys by id. */
export type KeySpecs = Readonly<Record<string, KeySpec>>;

/** What receiving needs to know of keys: plain data, which travels to the receiving thread. */
export interface KeyRules {
  /** Without any, nothing that is signed is taken. */
  readonly keys: KeySpecs;
  /** Whether UDP datagrams without a signature are taken although there are keys. */
  readonly allowUnsigned: boolean;
}

const PATTERNS = 'a list of names, in which * stands for any text';
const patterns = z.optional(z.array(z.string(PATTERNS), PATTERNS));

export const keySpecSchema: z.ZodMiniType<KeySpec> = z
  .strictObject({
    secret: z.optional(z.unknown()),
    loggers: patterns,
    types: patterns,
    origins: patterns,
  })
  .check(
    z.refine(({ secret }) => isSecretText(secret), {
      error: `a text of at least ${MIN_SECRET_LENGTH} characters`,
      path: ['secret'],
    }),
  ) as unknown as z.ZodMiniType<KeySpec>; // what `secret` is, the refinement knows

const ID = 'a key id of 1 to 64 letters, digits, _, - and .';

/** Keys by id, as the configuration holds them. */
export const keySpecsSchema: z.ZodMiniType<KeySpecs> = z.record(z.string().check(z.refine(isKeyId, ID)), keySpecSchema);
