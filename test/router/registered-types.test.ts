import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { defineMessage, type Metlog, type MetlogOptions } from '../../src/node/index.ts';
import type { Router, RouterConfig } from '../../src/router/index.ts';
import { describeTypes } from '../../src/store/types/describe-types.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { runRouter, sendRaw, untilAccepted } from './support/running-router.ts';

const placed = (total: z.ZodMiniType) => defineMessage('order.placed', z.looseObject({ total }));

const ALL = { fromMs: 0, toMs: Date.UTC(2100, 0), logger: undefined };

interface Running {
  readonly router: Router;
  readonly config: RouterConfig & { readonly dataDir: string };
  readonly warnings: readonly string[];
  readonly store: Store;
  connect(options?: MetlogOptions): Metlog;
  /** Sends, as a new application that has this schema. */
  send(total: z.ZodMiniType, ...totals: readonly unknown[]): Promise<void>;
}

async function run(given: RouterConfig = {}): Promise<Running> {
  const running = await runRouter(given);
  const store = await openStore(join(running.config.dataDir, 'archive'));
  onTestFinished(() => store.close());
  return {
    ...running,
    store,
    async send(total, ...totals) {
      const before = (await running.router.stats()).accepted;
      const metlog = running.connect();
      for (const one of totals) metlog.send(placed(total), { total: one });
      await metlog.flush();
      await untilAccepted(running.router, before + totals.length + 1);
      await untilArchived(running.router);
      await metlog.close();
    },
  };
}

const untilArchived = (router: Router): Promise<void> =>
  expect.poll(async () => (await router.stats()).archive.waiting + (await router.stats()).pending).toBe(0);

const totals = async (store: Store): Promise<unknown[]> =>
  (await store.query('select total from order_placed order by payload, total')).rows.map(({ total }) => total);

describe('a registered type', () => {
  it('is announced, widened and in conflict: the view and the count are right, and outlive a restart', async () => {
    const first = await run();
    await first.send(z.int(), 12);
    await expect.poll(() => totals(first.store).catch(() => [])).toEqual([12]);

    await first.send(z.number(), 12.5);
    await expect.poll(() => totals(first.store)).toEqual([12, 12.5]);
    expect((await describeTypes(first.store, ALL)).types).toMatchObject([{ view: 'order_placed', columns: [{ name: 'total', kind: 'number', castToNull: 0 }], messageCount: 2 }]); // prettier-ignore

    await first.send(z.string(), 'a lot', '7');
    await expect.poll(() => totals(first.store)).toEqual(['12', '12.5', '7', 'a lot']);
    await first.send(z.number(), 1);
    await expect.poll(() => totals(first.store)).toEqual([1, 7, 12, 12.5, null]);
    const counted = [
      { columns: [{ name: 'total', kind: 'number', castToNull: 1 }], messageCount: 5, castToNullCount: 1 },
    ];
    expect((await describeTypes(first.store, ALL)).types).toMatchObject(counted);
    // The announcements are in no sender's book: nothing is missing.
    expect((await first.router.stats()).senders).toMatchObject({ missing: 0 });

    await first.router.close();
    const second = await run({ dataDir: first.config.dataDir });
    expect((await describeTypes(second.store, ALL)).types).toMatchObject(counted);
    await second.send(z.string(), 'more');
    await expect.poll(() => totals(second.store)).toContain('more');
    expect([...first.warnings, ...second.warnings]).toEqual([]);
  });

  it('comes of the configuration as well, and goes by it after a reload', async () => {
    const { router, config, store, send } = await run({ types: { 'order.placed': { total: 'number' } } });
    await send(z.string(), 'a lot', '7');
    await expect.poll(() => totals(store)).toEqual([7, null]);
    expect((await describeTypes(store, ALL)).types).toMatchObject([{ by: 'configuration', castToNullCount: 1 }]);
    await router.reload({
      ...config,
      types: { 'page.left': { type: 'object', properties: { ms: { type: 'number' } } } },
    });
    expect(await totals(store)).toEqual(['7', 'a lot']);
    expect((await store.query('select ms from page_left')).rows).toEqual([]);
  });

  it('is not announced by a page, nor by a key that may not send the type', async () => {
    const { router, store, connect } = await run({
      allowUnsigned: true,
      keys: { orders: { secret: 'x'.repeat(16), types: ['order.*'] }, pages: {} },
    });
    const announcement = (type: string): string =>
      `{"metlog":1,"logger":"shop"}\n${JSON.stringify({ type: 'metlog.schema', metadata: { type, schema: { properties: { k: { type: 'number' } } } } })}\n`;
    for (const key of [undefined, 'pages']) {
      expect(await router.accept(Buffer.from(announcement('from.page')), 'http', key)).toMatchObject({
        accepted: 0,
        refused: [{ line: 2, error: 'not-allowed' }],
      });
    }
    const signed = connect({ secret: `orders:${'x'.repeat(16)}` });
    for (const type of ['order.placed', 'payment.made'])
      signed.send(defineMessage(type, z.object({ k: z.int() })), { k: 1 });
    await signed.flush();
    await untilAccepted(router, 2);
    await sendRaw(router, announcement('from.service'));
    await untilAccepted(router, 3);
    await expect
      .poll(async () => (await store.types()).types.map(({ type }) => type))
      .toEqual(['order.placed', 'from.service']);
    expect((await router.stats()).refused).toEqual({ 'not-allowed': 4 });
  });
});
