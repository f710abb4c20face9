import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listViews } from '../../src/store/list-views.ts';
import { openStore } from '../../src/store/query.ts';
import { VIEW_NAMES } from '../../src/store/views.ts';
import { tempDataDir } from '../report/temp-archive.ts';

it('lists the views that a query may select from, with their columns', async () => {
  const store = await openStore(join(await tempDataDir(), 'archive'), { threads: 1 });
  onTestFinished(() => store.close());
  const views = await listViews(store);
  expect(views.map(({ name }) => name)).toEqual([...VIEW_NAMES].sort());
  for (const { name, columns } of views) {
    const { columns: asked } = await store.query(`select * from ${name}`);
    expect(columns).toEqual(asked);
  }
});
