import * as z from 'zod/mini';
import { listed } from './listed.ts';
import { MESSAGE_HEAD } from './message-head.ts';
import { parsePlace, type MessagePlace } from '../../store/messages/message-place.ts';
import { WINDOW_INPUT } from './time-window.ts';

/** More names or conditions than anyone types, few enough to test every message against. */
const MAX_PATTERNS = 50;
const MAX_CONDITIONS = 10;
const MAX_CONDITION_LENGTH = 2_000;
const MAX_TEXT_LENGTH = 1_000;
const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 100;

const place = /* @__PURE__ */ z.pipe(
  z.string().check(z.refine((text) => parsePlace(text) !== null, 'must be the next of an answer before')),
  z.transform((text): MessagePlace | null => parsePlace(text)),
);

const limit = /* @__PURE__ */ z.pipe(
  z
    .string()
    .check(
      z.refine((text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_LIMIT, `must be from 1 to ${MAX_LIMIT}`),
    ),
  z.transform(Number),
);

const severity = /* @__PURE__ */ z.pipe(
  z.string().check(z.regex(/^[0-7]$/, 'must be a whole number from 0 to 7')),
  z.transform(Number),
);

export const messagesInput = /* @__PURE__ */ z.strictObject({
  ...WINDOW_INPUT,
  /** Names or `*` patterns, also separated by commas; any of them fits. */
  type: z.optional(listed),
  /** The least grave that is wanted. */
  severity: z._default(severity, 7),
  /** `key=value`, split at the first `=`; `*` as above, dots in the key lead into objects. Each key must have one of its values. */
  metadata: z.optional(listed),
  /** Stands in payload, name or metadata, in any case of letters. */
  text: z.optional(z.string().check(z.maxLength(MAX_TEXT_LENGTH, `must have at most ${MAX_TEXT_LENGTH} characters`))),
  limit: z._default(limit, DEFAULT_LIMIT),
  /** `next` of the answer before: what is older. */
  before: z.optional(place),
});

/** A message as a list has it. */
const listedMessage = /* @__PURE__ */ z.readonly(
  z.strictObject({
    /** Path of the message below `/api/messages/`; with `received` as `at` it is found at once. */
    id: z.string(),
    ...MESSAGE_HEAD,
    /** Its first thousand characters. */
    payload: z.string(),
    /** Characters of the whole. */
    payloadLength: z.number(),
    /** The first thousand characters of its JSON; JSON only if that is all. */
    metadata: z.string(),
    metadataLength: z.number(),
  }),
);
export type ListedMessageAnswer = z.output<typeof listedMessage>;

export const messagesAnswer = /* @__PURE__ */ z.strictObject({
  /** The newest first. */
  messages: z.readonly(z.array(listedMessage)),
  /** For `before`, to have older ones; null if there are none in the window. */
  next: z.nullable(z.string()),
});
export type MessagesAnswer = z.output<typeof messagesAnswer>;

/** `type` as one list of patterns, as the tail reads it. */
export const patternsOf = (type: readonly string[] = []): readonly string[] =>
  type.flatMap((value) => value.split(',')).filter((name) => name !== '');

export interface ParsedConditions {
  readonly conditions: readonly { readonly key: string; readonly value: string }[];
  readonly problem: string | undefined;
}

/** `key=value`, split at the first `=`. */
export function conditionsOf(metadata: readonly string[] = []): ParsedConditions {
  const conditions = metadata.map((text) => {
    const at = text.indexOf('=');
    return { key: text.slice(0, at), value: text.slice(at + 1), isWhole: at > 0 };
  });
  const bad = conditions.findIndex(({ isWhole }) => !isWhole);
  const long = metadata.some((text) => text.length > MAX_CONDITION_LENGTH);
  const problem =
    bad !== -1
      ? `metadata must be key=value, got ${JSON.stringify((metadata[bad] ?? '').slice(0, 40))}`
      : metadata.length > MAX_CONDITIONS || long
        ? `metadata takes at most ${MAX_CONDITIONS} conditions of ${MAX_CONDITION_LENGTH} characters`
        : undefined;
  return { conditions, problem };
}

export const typesProblem = (types: readonly string[]): string | undefined =>
  types.length > MAX_PATTERNS ? `type takes at most ${MAX_PATTERNS} patterns` : undefined;
