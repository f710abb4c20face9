import { expect, it } from 'vitest';
import { createLimiter } from '../../src/store/limiter.ts';

it('runs no more than so many at a time, in order, also past a failure', async () => {
  const limit = createLimiter(2);
  const log: string[] = [];
  const finish: ((failed: boolean) => void)[] = [];
  const results = [0, 1, 2, 3].map((index) =>
    limit(async () => {
      log.push(`start ${index}`);
      await new Promise<void>(
        (resolve, reject) => (finish[index] = (failed) => (failed ? reject(new Error('no')) : resolve())),
      );
      log.push(`end ${index}`);
    }).catch(() => log.push(`failed ${index}`)),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(log).toEqual(['start 0', 'start 1']);
  finish[1]!(true);
  await settle();
  expect([...log].sort()).toEqual(['failed 1', 'start 0', 'start 1', 'start 2']);
  finish[0]!(false);
  finish[2]!(false);
  await settle();
  finish[3]!(false);
  await Promise.all(results);
  expect(log.slice(4).sort()).toEqual(['end 0', 'end 2', 'end 3', 'start 3']);
});
