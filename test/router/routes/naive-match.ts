import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { Condition, Match } from '../../../src/router/routes/route.ts';
import { received } from '../support/received.ts';

/** What a match means, said again in another way: slowly, and without anything of the router's. */
export function naiveMatches(match: Match, message: ReceivedMessage): boolean {
  return Object.entries(match).every(([key, condition]) => meets(condition as Condition, valueAt(message, key)));
}

function valueAt(message: ReceivedMessage, key: string): unknown {
  const [head, ...rest] = key.split('.');
  if (head !== 'metadata') return Reflect.get(message, key);
  return walk(message.metadata, rest);
}

function walk(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const own = Object.getOwnPropertyDescriptor(value, path.join('.'));
  if (own) return own.value;
  const inner = Object.getOwnPropertyDescriptor(value, path[0]!);
  return inner && path.length > 1 ? walk(inner.value, path.slice(1)) : undefined;
}

function meets(condition: Condition, value: unknown): boolean {
  if (Array.isArray(condition)) return condition.some((one) => meets(one as Condition, value));
  if (typeof condition === 'object' && condition !== null) {
    const { not, min, max } = condition as { not?: Condition; min?: number; max?: number };
    if (not !== undefined) return !meets(not, value);
    if (typeof value !== 'number') return false;
    return !(min !== undefined && value < min) && !(max !== undefined && value > max);
  }
  if (typeof condition === 'string' && condition.includes('*') && typeof value === 'string') {
    const escaped = condition.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
    return new RegExp(`^${escaped.join('[^]*')}$`).test(value);
  }
  return condition === value;
}

/** Few words, so that conditions and messages meet. Some would mean something to SQL, to LIKE or to an object. */
const WORDS = ['a', 'ab', 'b', "b'", 'a%b', 'a_b', '\\', 'constructor', '1', 'true', '', 'é\n😀'];
const word = fc.constantFrom(...WORDS);
const wordOrPattern = fc.oneof(
  word,
  fc.constantFrom('*', 'a*', '*b', 'a*b', '*%*', "*'", '*_*', 'a**', '*\\*', '*\n*'),
);
const number = fc.constantFrom(-1, 0, 1, 3, 3.5, 7, 1e21, 5e-324, 2 ** 53);
const scalar = fc.oneof(wordOrPattern, number, fc.boolean(), fc.constant(null));

const range = fc
  .tuple(fc.option(number, { nil: undefined }), fc.option(number, { nil: undefined }))
  .filter(([min, max]) => (min ?? max) !== undefined && (min ?? -Infinity) <= (max ?? Infinity))
  .map(([min, max]) => ({ ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }));

function conditionOf(value: fc.Arbitrary<string | number | boolean | null>): fc.Arbitrary<Condition> {
  const plain: fc.Arbitrary<Condition> = fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
  return fc.oneof(
    plain,
    plain.map((not) => ({ not })),
    plain.map((not) => ({ not: { not } })),
  );
}

const numbers = fc.oneof(
  conditionOf(fc.integer({ min: 0, max: 7 })),
  range,
  range.map((not) => ({ not })),
);
const texts = conditionOf(wordOrPattern.filter((text) => text !== ''));
export const METADATA_KEYS = ['a', 'b', 'a.b', 'a.b.b', 'b.constructor', "it's", '$', 'ä ö'] as const;

/** Any match that the configuration's check lets through. */
export const anyMatch: fc.Arbitrary<Match> = fc
  .record(
    {
      type: texts,
      logger: texts,
      severity: numbers,
      key: texts,
      via: conditionOf(fc.constantFrom('udp', 'http')),
      metadata: fc.dictionary(
        fc.constantFrom(...METADATA_KEYS).map((key) => `metadata.${key}` as const),
        fc.oneof(conditionOf(scalar), range),
        { maxKeys: 2 },
      ),
    },
    { requiredKeys: ['metadata'] },
  )
  .map(({ metadata, ...fields }) => ({ ...fields, ...metadata }));

const leaf = fc.oneof(word, number, fc.boolean(), fc.constant(null), fc.constant([1, 'a']));
const key = fc.constantFrom('a', 'b', 'a.b', 'b.b', 'constructor', "it's", '$', 'ä ö', 'other');
const object: fc.Arbitrary<JsonObject> = fc.letrec<{ object: JsonObject }>((tie) => ({
  object: fc.dictionary(key, fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, tie('object')), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
})).object;

/** A message that the matches of `anyMatch` often meet. */
export const anyReceived: fc.Arbitrary<ReceivedMessage> = fc
  .record({
    type: word.filter((text) => text !== ''),
    logger: word.filter((text) => text !== ''),
    severity: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7),
    via: fc.constantFrom('udp', 'http'),
    key: fc.option(
      word.filter((text) => text !== ''),
      { nil: undefined },
    ),
    metadata: object,
  })
  .map((fields) => received(fields));
