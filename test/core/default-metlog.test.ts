import { afterEach, expect, it } from 'vitest';
import { defaultMetlog } from '../../src/core/default-metlog.ts';
import { setDefaultClient } from '../../src/core/default-client.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';

afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('metlog.default'));
});

it('has every member of a client', () => {
  expect(Object.keys(defaultMetlog).sort()).toEqual(Object.keys(createTestMetlog().metlog).sort());
});

it('is silent until there is a default client, and then is that client', () => {
  defaultMetlog.incr('early');
  defaultMetlog.child({ logger: 'part' }).incr('early');
  expect(defaultMetlog.stats.accepted).toBe(0);
  const { metlog, messages } = createTestMetlog();
  setDefaultClient(metlog);
  defaultMetlog.incr('late');
  defaultMetlog.child({ logger: 'part' }).incr('late');
  expect(messages()).toMatchObject([{ logger: 'app' }, { logger: 'part' }]);
  expect(defaultMetlog.stats).toEqual(metlog.stats);
});
