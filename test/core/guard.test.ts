import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMessage } from '../../src/core/guard.ts';
import { messageSchema } from '../../src/core/schema.ts';
import { messages } from './arbitraries.ts';

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const fields = fc.constantFrom('type', 'timestamp', 'logger', 'severity', 'payload', 'metadata');
const oddities = fc.oneof(
  anything,
  fc.constantFrom<unknown>(
    '',
    'a'.repeat(256),
    'a'.repeat(257),
    '2026-02-30T00:00:00.000Z',
    '2026-11-22T10:44:00.123Z',
    '2026-11-22',
    -0,
    -1,
    7,
    8,
    6.5,
    '6',
    null,
    [],
    {},
  ),
);

/** Whether both say so. */
function isMessageByBoth(value: unknown): boolean {
  const verdict = isMessage(value);
  expect(messageSchema.safeParse(value).success).toBe(verdict);
  return verdict;
}

describe('isMessage and messageSchema', () => {
  it('both take every message', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(isMessageByBoth(message)).toBe(true);
      }),
    );
  });

  it('agree on anything', () => {
    fc.assert(
      fc.property(anything, (value) => void isMessageByBoth(value)),
      { numRuns: 500 },
    );
  });

  it('agree on messages with a field changed, taken away or added', () => {
    const change = fc.tuple(fields, fc.constantFrom('set', 'delete', 'add'), oddities);
    let taken = 0;
    fc.assert(
      fc.property(messages, change, (message, [field, kind, value]) => {
        const changed: Record<string, unknown> = { ...message };
        if (kind === 'delete') Reflect.deleteProperty(changed, field);
        else changed[kind === 'set' ? field : 'another'] = value;
        if (isMessageByBoth(changed)) taken++;
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it('agree on a message in an array, in a class and without a prototype', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(isMessageByBoth(Object.assign([], message))).toBe(false);
        expect(isMessageByBoth(Object.assign(Object.create(null) as object, message))).toBe(true);
        expect(isMessageByBoth(Object.assign(new Date(0), message))).toBe(true);
        expect(isMessageByBoth(Object.create(message))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('leave it to the schema to say what is wrong, and where', () => {
    const wrong = {
      type: '',
      timestamp: '2026-02-30T00:00:00.000Z',
      logger: 'a',
      severity: 9,
      payload: 1,
      metadata: [],
    };
    const { error } = messageSchema.safeParse(wrong);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([
      'type',
      'timestamp',
      'severity',
      'payload',
      'metadata',
    ]);
  });
});
