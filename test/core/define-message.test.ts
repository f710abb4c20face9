import { describe, expect, expectTypeOf, it } from 'vitest';
import * as zod from 'zod';
import * as z from 'zod/mini';
import { defineMessage, type MetadataOf, type Problem } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

const orderPlaced = defineMessage('order.placed', z.object({ total: z.number(), items: z.array(z.string()) }));

function setUp() {
  const problems: Problem[] = [];
  return { ...createTestMetlog({ strict: false, onError: (problem) => problems.push(problem) }), problems };
}

describe('a defined message', () => {
  it.each([
    ['zod/mini', orderPlaced],
    ['zod', defineMessage('order.placed', zod.object({ total: zod.number(), items: zod.array(zod.string()) }))],
  ])('is sent with the metadata that its schema accepts: %s', (_, definition) => {
    const { metlog, messages } = setUp();
    metlog.addFlavor('payments', { tier: 1 });
    metlog.send(definition, { total: 12.5, items: ['a'] }, { flavors: ['payments'], severity: 5, payload: 'thanks' });
    expect(messages()).toMatchObject([
      { type: 'order.placed', severity: 5, payload: 'thanks', metadata: { total: 12.5, items: ['a'], tier: 1 } },
    ]);
  });

  it('is dropped where its metadata does not fit, with the path told', () => {
    const { metlog, messages, problems } = setUp();
    metlog.send(orderPlaced, { total: 1, items: ['a', 5 as never] });
    metlog.send(orderPlaced, undefined as never);
    expect(messages()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 2, dropped: { invalid: 2 } });
    expect(problems[0]?.message).toMatch(/^a call was dropped: the metadata of order\.placed does not fit: items\.1: /);
  });

  it('is checked by the compiler', () => {
    const { metlog } = setUp();
    expectTypeOf<MetadataOf<typeof orderPlaced>>().toEqualTypeOf<{ total: number; items: string[] }>();
    expectTypeOf(metlog.send<typeof orderPlaced>)
      .parameter(1)
      .toEqualTypeOf<{ total: number; items: string[] }>();
    // @ts-expect-error -- a total is a number
    metlog.send(orderPlaced, { total: '1', items: [] });
    // @ts-expect-error -- items are missing
    metlog.send(orderPlaced, { total: 1 });
    expect(metlog.stats.dropped).toEqual({ invalid: 2 });
  });

  it('takes any Standard Schema, but none that answers later', async () => {
    const { metlog, messages, problems } = setUp();
    const standard = (validate: (value: unknown) => object) =>
      defineMessage('x', { '~standard': { version: 1, validate } as never });
    metlog.send(
      standard((value) => ({ value })),
      { a: 1 } as never,
    );
    metlog.send(
      standard(() => ({ issues: [{ message: 'no', path: [{ key: 'a' }, 0] }] })),
      {} as never,
    );
    metlog.send(standard(() => { throw new Error('mine'); }), {} as never); // prettier-ignore
    metlog.send(
      standard(() => Promise.reject(new Error('later'))),
      {} as never,
    );
    await new Promise((resolve) => setImmediate(resolve)); // a rejection that nobody handled would fail the test
    expect(messages().map(({ metadata }) => metadata)).toEqual([{ a: 1 }]);
    expect(metlog.stats).toMatchObject({ accepted: 4, dropped: { invalid: 3 } });
    expect(problems[0]?.message).toContain('a.0: no');
  });
});
