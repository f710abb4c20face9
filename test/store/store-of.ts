import { onTestFinished } from 'vitest';
import { openStore, type Store } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { segment, tempDir } from './journal-text.ts';

/** A store over an archive of one segment with these lines; its day is of no account for what is asked. */
export async function storeOf(lines: readonly string[]): Promise<Store> {
  const dir = await tempDir();
  if (lines.length > 0) {
    const writer = await createArchiveWriter(dir);
    await writer.write(await segment(dir, 0, lines));
    await writer.close();
  }
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => store.close());
  return store;
}
