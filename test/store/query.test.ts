import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { header, line, segment, tempDir } from './journal-text.ts';

it('answers from an empty archive with the same columns, and from the next segment as soon as it is written', async () => {
  const dir = await tempDir();
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  const empty = await store.query('SELECT * FROM messages');
  expect(empty.rows).toEqual([]);

  const writer = await createArchiveWriter(dir);
  onTestFinished(() => writer.close());
  await writer.write(
    await segment(dir, 0, [
      header({ hostname: 'web-1', pid: 42, sender: 's', seq: 7 }),
      line({ metadata: { name: 'a', rate: 0.5, k: [1] } }),
    ]),
  );
  const full = await store.query('SELECT * FROM messages');
  expect(full.columns).toEqual(empty.columns);
  expect(full.rows).toEqual([
    {
      timestamp: '2026-11-22T10:44:00.123Z', received: '2026-11-22T10:44:00.215Z', type: 'counter', logger: 'shop', severity: 6, payload: '1',
      hostname: 'web-1', pid: 42, sender: 's', seq: 7, name: 'a', value: 1, rate: 0.5, fingerprint: null, error_type: null,
      metadata: { name: 'a', rate: 0.5, k: [1] },
    },
  ]); // prettier-ignore
  expect((await store.query('SELECT name, estimated FROM counters')).rows).toEqual([{ name: 'a', estimated: 2 }]);
});

it('finds the newest messages by their times alone, and reads the rest of those afterwards', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const store = await openStore(dir);
  onTestFinished(() => Promise.all([writer.close(), store.close()]).then(() => undefined));
  await writer.write(await segment(dir, 0, [header({}), line({})]));
  for (const view of ['messages', 'archived', 'logs']) {
    const plan = await store.select(`EXPLAIN SELECT * FROM ${view} ORDER BY received DESC LIMIT 200`);
    // Joined with itself by place: the one side has the times, the other all columns.
    expect(JSON.stringify(plan.rows)).toContain('file_row_number');
  }
});

it('blames no one who asks for a statement that it wrote itself', async () => {
  const store = await openStore(await tempDir(), { threads: 1 });
  onTestFinished(() => store.close());
  for (const [sql, code] of [
    ["SELECT 'x'::INTEGER", 'unfit'],
    ['SELECT nothing FROM messages', 'syntax'],
  ] as const) {
    await expect(store.query(sql)).rejects.toMatchObject({ code });
    await expect(store.select(sql)).rejects.toMatchObject({ code: 'failed' });
  }
});
