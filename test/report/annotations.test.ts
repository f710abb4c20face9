import { expect, it } from 'vitest';
import type { ApiPorts } from '../../src/report/api-route.ts';
import type { PathBooks } from '../../src/report/books.ts';
import { annotationsAnswer, type AnnotationsAnswer } from '../../src/report/api/annotations.ts';
import { lossAnswer, type LossAnswer } from '../../src/report/api/loss.ts';
import { annotationsRoute } from '../../src/report/routes/annotations.ts';
import { lossRoute } from '../../src/report/routes/loss.ts';
import { storeOf } from '../store/store-of.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter, QUIET_PATH } from './memory-router.ts';
import { aPath, aRelayBook, aRow, HOUR_MS } from './some-books.ts';

const NOW_MS = 500_000 * HOUR_MS;
const ROWS = [
  aRow({ hourMs: NOW_MS - HOUR_MS, received: 99, missing: 1 }),
  aRow({ logger: 'web', hourMs: NOW_MS - HOUR_MS, received: 100 }),
  aRow({ hourMs: null, received: 997, missing: 3 }),
];

interface Told {
  readonly annotations: AnnotationsAnswer;
  readonly loss: LossAnswer;
}

/** What both paths say of the last hours. */
async function tell(hours: number, given: Partial<PathBooks> = {}, logger?: string): Promise<Told> {
  const clock = createManualClock();
  clock.advance(NOW_MS);
  const ports: ApiPorts = {
    store: await storeOf([]),
    router: createMemoryRouter({}, aPath(ROWS, given)),
    relay: { stats: aRelayBook },
    clock,
  };
  const query = new URLSearchParams({
    from: String(NOW_MS - hours * HOUR_MS),
    to: String(NOW_MS),
    ...(logger === undefined ? {} : { logger }),
  });
  const request = (path: string): Request => new Request(`http://127.0.0.1${path}?${query.toString()}`);
  return {
    annotations: annotationsAnswer.parse(
      await (await annotationsRoute.respond(request('/api/annotations'), {}, ports)).json(),
    ),
    loss: lossAnswer.parse(await (await lossRoute.respond(request('/api/loss'), {}, ports)).json()),
  };
}

it('says what is missing in hours of the window that are not kept one by one', async () => {
  const { annotations } = await tell(7 * 24);
  expect(annotations.missing).toHaveLength(1);
  expect(annotations.older).toEqual({ missing: 3, received: 997 });
  expect((await tell(24)).annotations.older).toBeNull();
  expect((await tell(7 * 24, {}, 'web')).annotations.older).toBeNull();
});

it('calls what is missing exact or the least as the loss of the same window does', async () => {
  const senders = { ...QUIET_PATH.senders };
  const isExact = async (given: Partial<PathBooks>): Promise<readonly boolean[]> => {
    const { annotations, loss } = await tell(24, given);
    return [annotations.isExact, !loss.isLeast];
  };
  expect(await isExact({})).toEqual([true, true]);
  expect(await isExact({ senders: { ...senders, open: 1 } })).toEqual([false, false]);
  expect(await isExact({ senders: { ...senders, evicted: 1 } })).toEqual([false, false]);
  expect(await isExact({ total: { ...QUIET_PATH.total, uncounted: 1 } })).toEqual([false, false]);
  const longSilent = [...ROWS, aRow({ hourMs: NOW_MS - 40 * HOUR_MS, received: 1, silent: 1 })];
  expect(await isExact({ ...aPath(longSilent) })).toEqual([true, true]); // before the window
});
