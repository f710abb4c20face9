import { expect, it } from 'vitest';
import { createSilentClient } from '../../src/browser/silent-client.ts';

it('can be awaited, as any client can', async () => {
  const client = createSilentClient();
  const answered: unknown[] = [];
  void Promise.resolve(client).then((answer) => answered.push(answer));
  await new Promise(setImmediate);
  expect(answered).toEqual([client]);
});
