import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../src/store/limiter.ts';

it('runs no more than so many at a time, in order, also past a failure', async () => {
  const limit = createLimiter(2, 9);
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

describe('of tasks that wait', () => {
  /** A limiter of one, which is taken until `free` is called. */
  function taken(maxWaiting: number) {
    const limit = createLimiter(1, maxWaiting);
    let free = (): void => undefined;
    const first = limit(() => new Promise<void>((resolve) => (free = resolve)));
    return { limit, free: () => free(), first };
  }

  it('gives the place of one that was aborted to the next, at once', async () => {
    const { limit, free, first } = taken(1);
    const given = new AbortController();
    const left = limit(async () => 'left', given.signal);
    given.abort();
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    const next = limit(async () => 'next', new AbortController().signal);
    free();
    await first;
    expect(await next).toBe('next');
  });

  it('refuses one that was aborted before', async () => {
    const { limit, free, first } = taken(1);
    await expect(limit(async () => 1, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    free();
    await first;
  });

  it('refuses what would be too many', async () => {
    const { limit, free, first } = taken(2);
    const waiting = [limit(async () => 1), limit(async () => 2)];
    await expect(limit(async () => 3)).rejects.toMatchObject({
      code: 'busy',
      message: 'too many queries are waiting; try later',
    });
    free();
    await first;
    expect(await Promise.all(waiting)).toEqual([1, 2]);
    expect(await limit(async () => 4)).toBe(4);
  });
});
